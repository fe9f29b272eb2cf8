import { expect, it } from 'vitest'
import { dropMissed, readAnew, takeMissed, type OpenProject } from '../../../server/learning/open-projects.ts'
import type { LearningDrawing, ModelStart } from '../../../server/learning/service.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { FakeLearning } from '../../support/fake-learning.ts'

function aDrawing(id: string, seq: number): LearningDrawing {
  return { id, seq, split: 'train', classId: 'c1', strokes: [] }
}

it('[LEARN-32] what is deleted while the log is read for a new trainer is not learned from', async () => {
  const read: ModelStart = {
    projectId: 'p1',
    starter: 'encoder',
    recipe: 'quickdraw',
    classIds: ['c1'],
    settings: defaultTrainingSettings,
    paused: false,
    seed: 1,
    checkpoint: null,
    drawings: [aDrawing('kept', 1), aDrawing('gone', 2)],
  }
  const opened = await new FakeLearning().open(read)
  const reload = (): Promise<ModelStart> => {
    dropMissed(project, ['gone', 'late'])
    return Promise.resolve(read)
  }
  const project: OpenProject = { ...opened, reload, missed: [aDrawing('late', 3)], gone: new Set() }
  expect((await readAnew(project)).drawings.map(({ id }) => id)).toEqual(['kept'])
  expect(takeMissed(project)).toEqual([])
  // While the trainer is there it is told itself.
  dropMissed(project, ['gone'])
  expect((await readAnew({ ...project, reload: () => Promise.resolve(read) })).drawings).toHaveLength(2)
})
