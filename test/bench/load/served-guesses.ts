import type { Backend } from '../../../server/learning/backend/backend.ts'
import type { ServedModel } from '../../../server/learning/rpc.ts'
import { guessRasters, type TestRasters } from './test-rasters.ts'

/** What a room that is served `served` guesses, each as an index of `classIds`. */
export async function servedGuesses(
  backend: Backend,
  { model, weights }: ServedModel,
  test: TestRasters,
  classIds: readonly string[],
): Promise<number[]> {
  const network = backend.network({ family: model.family, classes: model.classIds.length })
  try {
    network.setWeights(weights)
    const columns = model.classIds.map((classId) => classIds.indexOf(classId))
    return (await guessRasters(network, test)).map((column) => columns[column] ?? -1)
  } finally {
    network.dispose()
  }
}
