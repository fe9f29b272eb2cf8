const COLOURS = 12

/** Outlines of the class shapes in a 16 x 16 box, in palette order. */
export const SHAPE_PATHS = [
  'M8 2a6 6 0 110 12A6 6 0 018 2z',
  'M2.5 2.5h11v11h-11z',
  'M8 2l6.5 11.5h-13z',
  'M8 1.5L14.5 8 8 14.5 1.5 8z',
  'M5.5 2h5v3.5H14v5h-3.5V14h-5v-3.5H2v-5h3.5z',
  'M8 1.5l1.9 4.2 4.6.5-3.4 3.1.9 4.6L8 11.6 4 13.9l.9-4.6L1.5 6.2l4.6-.5z',
  'M4.5 2h7l3.5 6-3.5 6h-7L1 8z',
  'M8 14L1.5 2.5h13z',
  'M1.5 12a6.5 7.5 0 0113 0z',
  'M1.5 2.5L8 6l6.5-3.5v11L8 10l-6.5 3.5z',
  'M8 14C3.5 10.5 1.5 8 1.5 5.5a3.2 3.2 0 016.5-1 3.2 3.2 0 016.5 1C14.5 8 12.5 10.5 8 14z',
  'M3.6 1.5L8 5.9l4.4-4.4 2.1 2.1L10.1 8l4.4 4.4-2.1 2.1L8 10.1l-4.4 4.4-2.1-2.1L5.9 8 1.5 3.6z',
] as const

/** What a class looks like everywhere: a colour, a shape and a dash for lines. */
export interface ClassLook {
  /** CSS colour. */
  readonly colour: string
  /** SVG path in a 16 x 16 box. */
  readonly shape: string
  /** CSS value of stroke-dasharray. */
  readonly dash: string
}

/**
 * The look of a class by its number (1 upwards). Twelve colours, each with a shape of its own; from the
 * thirteenth on the colours start over, each round with the next shape, so that no two of 144 are the same.
 */
export function classLook(number: number): ClassLook {
  const index = Math.max(0, Math.floor(number) - 1)
  const colour = index % COLOURS
  const shape = (colour + Math.floor(index / COLOURS)) % SHAPE_PATHS.length
  return {
    colour: `var(--k${String(colour + 1)})`,
    shape: SHAPE_PATHS[shape] ?? SHAPE_PATHS[0],
    dash: `var(--dash${String(shape + 1)})`,
  }
}
