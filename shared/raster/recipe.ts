/** How strokes become 28x28 pixels: `mnist` for digits, `quickdraw` for everything else. */
export const recipes = ['mnist', 'quickdraw'] as const
export type Recipe = (typeof recipes)[number]
