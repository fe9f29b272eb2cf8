import { tidy, type Tensor } from '@tensorflow/tfjs-core'
import type { Gradient } from './backend.ts'
import type { MemberGradient } from './gradient.ts'

/** The values of the tensor that `make` gives; all it took is disposed of. */
export async function readValues(make: () => Tensor): Promise<Float32Array> {
  const result = tidy(make)
  try {
    return asFloats(await result.data())
  } finally {
    result.dispose()
  }
}

/** Brings the gradients of a network's members together into one of `length` weights. */
export async function readGradient(
  members: readonly MemberGradient[],
  size: number,
  length: number,
): Promise<Gradient> {
  const values = new Float32Array(length)
  const losses = new Float32Array(size)
  const statistics: Gradient['statistics'][number][] = []
  let loss = 0
  for (const member of members) {
    const slopes = await Promise.all(member.slopes.map(({ tensor }) => tensor.data()))
    member.slopes.forEach(({ offset }, index) => values.set(asFloats(slopes[index]), offset))
    for (const { offset, tensor } of member.statistics)
      statistics.push({ offset, values: asFloats(await tensor.data()) })
    loss += (asFloats(await member.loss.data())[0] ?? 0) / members.length
    asFloats(await member.losses.data()).forEach((value, sample) => {
      losses[sample] = (losses[sample] ?? 0) + value / members.length
    })
  }
  return { loss, losses, values, statistics }
}

function asFloats(data: unknown): Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError('the backend returned no float32 values')
  return data
}
