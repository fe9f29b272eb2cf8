import { getBackend, setBackend, type Tensor } from '@tensorflow/tfjs-core'
import type { Architecture } from '../../../shared/training/architecture.ts'
import { weightCount } from '../../../shared/training/layout.ts'
import type { BackendName, Batch, Gradient, Network, Trained } from './backend.ts'
import { folded } from './batch-norm.ts'
import { memberGradient, type MemberGradient } from './gradient.ts'
import { readGradient, readValues } from './read.ts'
import { embeddingsOf, images, votesOf } from './votes.ts'
import { holdWeights, type Body, type HeldWeights } from './weights.ts'

/** The network of an architecture on one of the library's backends. */
export function createNetwork(backend: BackendName, architecture: Architecture): Network {
  const { family, classes } = architecture
  let held: HeldWeights | null = null
  let guessing: { readonly bodies: readonly Body[]; readonly made: readonly Tensor[] } | null = null

  const activate = async (): Promise<HeldWeights> => {
    if (held === null) throw new Error('the network has no weights yet')
    if (getBackend() !== backend) await setBackend(backend)
    return held
  }

  /** The bodies as they are when guessing, made once for the weights. */
  const guessingBodies = ({ members }: HeldWeights): readonly Body[] => {
    if (guessing === null) {
      const plain = members.map((member) => folded(member))
      guessing = { bodies: plain.map(({ body }) => body), made: plain.flatMap(({ made }) => made) }
    }
    return guessing.bodies
  }

  const dispose = (): void => {
    for (const tensor of [...(held?.tensors ?? []), ...(guessing?.made ?? [])]) tensor.dispose()
    held = null
    guessing = null
  }

  const gradientOf = async (
    weights: HeldWeights,
    batch: Batch,
    total: number,
    trained: Trained,
  ): Promise<Gradient> => {
    const { members } = weights
    const bodies = trained === 'head' ? guessingBodies(weights) : members
    const gradients: MemberGradient[] = []
    const drawings = images(batch.pixels, batch.size)
    try {
      bodies.forEach((body, member) => {
        const head = members[member]?.head
        if (!head) throw new Error('a network of no class has no gradient')
        const given = { batch, total, classes, member, members: members.length }
        gradients.push(memberGradient(drawings, given, body, head, trained))
      })
      return await readGradient(gradients, batch.size, weightCount(architecture))
    } finally {
      drawings.dispose()
      for (const gradient of gradients) disposeGradient(gradient)
    }
  }

  return {
    architecture,
    dispose,
    setWeights(values) {
      if (values.length !== weightCount(architecture))
        throw new RangeError(
          `${values.length} weights are not those of a network '${family}' of ${classes} classes`,
        )
      dispose()
      held = holdWeights(architecture, values)
    },
    async logits(pixels, size) {
      const weights = await activate()
      if (classes === 0 || size === 0) return new Float32Array(0)
      const bodies = guessingBodies(weights)
      const heads = weights.members.flatMap(({ head }) => head ?? [])
      return readValues(() => votesOf(images(pixels, size), bodies, heads))
    },
    async embed(pixels, size) {
      const weights = await activate()
      if (size === 0) return new Float32Array(0)
      const bodies = guessingBodies(weights)
      return readValues(() => embeddingsOf(images(pixels, size), bodies))
    },
    async gradient(batch, trained) {
      const weights = await activate()
      const total = batch.sampleWeights.subarray(0, batch.size).reduce((whole, weight) => whole + weight, 0)
      if (classes > 0 && batch.size > 0 && total !== 0) return gradientOf(weights, batch, total, trained)
      const values = new Float32Array(weightCount(architecture))
      return { loss: 0, losses: new Float32Array(batch.size), values, statistics: [] }
    },
  }
}

function disposeGradient({ loss, losses, slopes, statistics }: MemberGradient): void {
  loss.dispose()
  losses.dispose()
  for (const { tensor } of [...slopes, ...statistics]) tensor.dispose()
}
