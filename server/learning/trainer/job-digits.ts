import { LearningError } from '../errors.ts'
import { readDigitImages, type Digits } from '../starter/digits-data.ts'

const HOW = 'start the server with --data FOLDER, or DATA_FOLDER, naming a folder that holds them'

/** MNIST's training digits by digit: 28x28 images as bytes, one after the other, and where each digit's are. */
export interface DigitImages {
  readonly images: Uint8Array
  /** Indices of images, by digit. */
  readonly byDigit: readonly Uint32Array[]
}

/** MNIST's training digits for full trainings: read when the first one wants them, and then held once for all. */
export class JobDigits {
  private held: DigitImages | null = null

  /** `folder` holds the IDX files themselves; null for none. */
  constructor(private readonly folder: string | null) {}

  /** @throws LearningError `no-mnist`: there are none, or they cannot be read */
  get(): DigitImages {
    if (this.folder === null)
      throw new LearningError('no-mnist', `this server has no digits of MNIST: ${HOW}`)
    try {
      this.held ??= byDigit(readDigitImages(this.folder, 'train'))
      return this.held
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new LearningError('no-mnist', `the digits of MNIST cannot be read: ${message}; ${HOW}`, { cause })
    }
  }
}

function byDigit({ images, labels, count }: Digits): DigitImages {
  const indices = Array.from({ length: 10 }, () => [] as number[])
  for (let index = 0; index < count; index++) indices[labels[index] ?? -1]?.push(index)
  return { images, byDigit: indices.map((ofDigit) => Uint32Array.from(ofDigit)) }
}
