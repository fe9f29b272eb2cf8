/** Longest names, in characters, and how much a project and its room hold. */
export const MAX_NAME = 40
export const MAX_PROJECT_NAME = 60
export const MAX_CLASS_NAME = 40
export const MAX_CLASSES = 60
export const MAX_CHECKPOINT_NAME = 60
/** Opinions on one drawing, all of which are kept. */
export const MAX_OPINIONS = 200
export const MAX_CANVASES = 120
export const MAX_PEOPLE_IN_ROOM = 250
/** People who wait in a lobby at once. */
export const MAX_WAITING = 250
/** Entries of the activity list that are kept; the oldest give way. */
export const MAX_ACTIVITY = 60

/** Pen colours that people are told apart by, numbered from 1. */
export const PEN_COUNT = 6
