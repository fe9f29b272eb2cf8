import type { StarterFigures } from './evaluate.ts'
import type { StarterHeader } from './file.ts'

/** What the card tells of a training run. */
export interface CardFacts {
  readonly header: Omit<StarterHeader, 'format' | 'checksum'>
  readonly figures: StarterFigures
  readonly parameters: number
  readonly bytes: number
  readonly trained: number
  readonly keptOut: number
  readonly steps: number
  readonly batch: number
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`

/** The starter's model card, as Markdown. */
export function modelCard({
  header,
  figures,
  parameters,
  bytes,
  trained,
  keptOut,
  steps,
  batch,
}: CardFacts): string {
  const strokes = figures.strokes === null ? 'no strokes were given' : percent(figures.strokes)
  return `# The starter model for digits

\`server/learning/starter/digits.bin\` (${Math.ceil(bytes / 1000)} kB, half floats) guesses the digits 0 to 9 on the home page and in
digits rooms, which go on learning from it; empty rooms start from its layers without its head.

## Network
${parameters.toLocaleString('en')} parameters: convolution 3x3x16, max-pool, convolution 3x3x32, max-pool, dense 128, dense ${header.classes.length}. It sees 28x28
pixels made by \`shared/raster\` (version ${header.rasterVersion}, recipe \`${header.recipe}\`). It is of the family \`cnn\`, and the first member of an ensemble
starts from it; other families start from random weights.

## Data
- MNIST, the training images (LeCun, Cortes, Burges; CC BY-SA 3.0): ${trained.toLocaleString('en')} trained on, ${keptOut.toLocaleString('en')} kept out by a hash of their
  place and the seed. The 10,000 test images are used for the figures below alone.
- The same digits as pen strokes (edwin-de-jong/mnist-digits-stroke-sequence-data, derived from MNIST; CC BY-SA 3.0),
  smoothed; kept out where their images are.

The weights are derived from these and carry their licence, CC BY-SA 3.0.

\`exemplars.bin\` beside them holds up to a hundred of the digits trained on, of each, as strokes (CC BY-SA 3.0 as well): rooms
practise on them beside their own drawings, so that they do not unlearn what they came with.

## Recipe
Two fifths of each batch of ${batch} are drawn from strokes, varied afresh (warp, rotation, stretch, shear, shifts, jitter, pen width,
now and then only the beginning), the rest are images under small affine maps. Dropout 0.3 on the embedding; Adam with a
rate that falls by a cosine; an average of the weights is kept. ${header.epochs} epochs, ${steps.toLocaleString('en')} steps, seed ${header.seed}. The temperature,
${header.temperature.toFixed(3)}, is fitted on the kept-out digits.

    npm run starter -- --data DIR --seed ${header.seed} --epochs ${header.epochs}

makes the same files again (same processor and versions); \`DIR/mnist\` holds the four IDX files, plain or gzipped, and
\`DIR/mnist_strokes/train-strokes.ndjson.gz\` the strokes.

## Figures
| drawings never trained on | right |
|---|---|
| MNIST's 10,000 test images, as they are | ${percent(figures.mnistTest)} |
| kept-out digits as strokes, drawn at random sizes and places | ${strokes} |
| the images of the same digits | ${percent(figures.images)} |

\`npm run bench -- starter --data DIR\` measures them on the shipped file.

## Limits
Digits of American census workers and students of the 1990s: other ways of writing (a crossed seven, a one with a
foot) may well be guessed worse, which was not measured. It knows no 'none of these': a letter or a scribble gets a
digit, at times a confident one. Half-drawn digits are guesses, no more.
`
}
