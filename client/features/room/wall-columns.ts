const LEAST = 3
const MOST = 8

export interface WallSpace {
  /** Of the area the tiles may fill, in px. */
  readonly width: number
  readonly height: number
  readonly gap: number
  /** Height of the caption under a tile's square picture, in px. */
  readonly caption: number
}

/** The fewest columns, from 3 to 8, that show `count` tiles without scrolling; the most where none does. */
export function wallColumns(count: number, { width, height, gap, caption }: WallSpace): number {
  for (let columns = LEAST; columns < MOST; columns++) {
    const side = (width - gap * (columns - 1)) / columns
    const rows = Math.ceil(count / columns)
    if (rows * (side + caption + gap) - gap <= height) return columns
  }
  return MOST
}
