import { accuracyOf } from '../../../shared/training/metrics.ts'
import { judge, meanSurprise } from '../evaluate.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { ServedModel } from '../rpc.ts'
import type { Assessment } from '../service.ts'
import type { Networks } from './networks.ts'
import { rastersOf } from './rasters.ts'
import { LEAST_ASIDE, type TrainingState } from './state.ts'

/**
 * Measures models on the same drawings: those of the test split, and of validation too where these are fewer than 20.
 * A drawing of a class that a model does not know counts as wrong; surprise goes over the classes that all of them know.
 */
export async function assess(
  models: readonly ServedModel[],
  { classIds }: Pick<TrainingState, 'classIds'>,
  replay: Replay,
  networks: Networks,
): Promise<Assessment[]> {
  const test = replay.asideOf('test', classIds)
  const drawings = test.length < LEAST_ASIDE ? [...replay.asideOf('validation', classIds), ...test] : test
  const common = drawings.filter(({ classId }) =>
    models.every(({ model }) => model.classIds.includes(classId)),
  )
  const assessments: Assessment[] = []
  for (const model of models) assessments.push(await assessOne(model, classIds, drawings, common, networks))
  return assessments
}

async function assessOne(
  served: ServedModel,
  classIds: readonly string[],
  drawings: readonly LabelledDrawing[],
  common: readonly LabelledDrawing[],
  networks: Networks,
): Promise<Assessment> {
  const known = served.model.classIds
  const logits = await logitsOf(served, drawings, networks)
  const judged = judge(
    logits,
    known,
    drawings.map(({ classId }) => classId),
  )
  const perClass = classIds.flatMap((classId) => {
    const ofClass = judged.filter(({ truth }) => truth === classId)
    if (ofClass.length === 0) return []
    return [{ classId, right: ofClass.filter(({ guess }) => guess === classId).length, of: ofClass.length }]
  })
  return {
    drawings: drawings.length,
    accuracy: accuracyOf(judged, 'test'),
    surprise: common.length > 0 ? surpriseOn(served, logits, drawings, new Set(common)) : null,
    perClass,
  }
}

function surpriseOn(
  { model, temperature }: ServedModel,
  logits: Float32Array,
  drawings: readonly LabelledDrawing[],
  common: ReadonlySet<LabelledDrawing>,
): number {
  const width = model.classIds.length
  const rows: number[] = []
  const truths: string[] = []
  drawings.forEach((drawing, index) => {
    if (!common.has(drawing)) return
    truths.push(drawing.classId)
    rows.push(...logits.subarray(index * width, (index + 1) * width))
  })
  return meanSurprise(Float32Array.from(rows), model.classIds, truths, temperature)
}

async function logitsOf(
  { model, weights, recipe }: ServedModel,
  drawings: readonly LabelledDrawing[],
  networks: Networks,
): Promise<Float32Array> {
  if (model.classIds.length === 0 || drawings.length === 0) return new Float32Array()
  const architecture = { family: model.family, classes: model.classIds.length }
  return networks.logits(weights, architecture, rastersOf(drawings, recipe))
}
