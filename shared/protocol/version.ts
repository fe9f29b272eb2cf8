/** Raised when an event or payload changes so that an older client would misread it. */
export const PROTOCOL_VERSION = 2
