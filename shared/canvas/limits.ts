/** Side of a page in page pixels; x grows to the right, y grows downwards. */
export const PAGE_SIZE = 1024

/** How far outside the page a point may lie, in page pixels. */
export const PAGE_MARGIN = 1024

export const MAX_POINTS_PER_STROKE = 4_000
export const MAX_STROKES_PER_PAGE = 500
/** Points of a page, all strokes together. */
export const MAX_POINTS_PER_PAGE = 150_000
/** Moves and cuts of the strokes of a page. */
export const MAX_AMENDMENTS_PER_PAGE = 2_000

/** Most bytes one encoded stroke may have: every point at its largest delta, with pressure and time. */
export const MAX_STROKE_BYTES = 48_000

/** Most bytes an encoded canvas document may have, all pages together. */
export const MAX_CANVAS_BYTES = 1_000_000

/** Pages a canvas may hold at once; a further page drops the oldest one that is empty or already stored. */
export const MAX_PAGES_PER_CANVAS = 40
