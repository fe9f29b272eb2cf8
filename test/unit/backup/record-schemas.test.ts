import { expect, test } from 'vitest'
import { z } from 'zod'
import { recordSchemas } from '../../../server/backup/record-schemas.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { aCheckpoint, aProject } from '../../contract/store-records.ts'

const { project, checkpoint } = recordSchemas(z.instanceof(Uint8Array))

test('[BACKUP-20] a backup of an earlier version restores its three training settings, with the defaults for the rest', () => {
  const three = { learningRate: 5e-4, batchSize: 32, stepsPerArrival: 5 }
  expect(project.parse({ ...aProject(), training: three })).toEqual(
    aProject({ training: { ...defaultTrainingSettings, ...three } }),
  )
  const wrong = { ...aProject(), training: { ...defaultTrainingSettings, dropout: 2 } }
  expect(project.safeParse(wrong).error?.issues[0]?.path).toEqual(['training', 'dropout'])
})

test('[BACKUP-20] a checkpoint in a backup of an earlier version is of the network that there was', () => {
  const blob = Uint8Array.of(1)
  const { family, ...earlier } = aCheckpoint('k1', blob, { version: 1 })
  expect(checkpoint.parse({ record: earlier, blob }).record).toEqual({ ...earlier, family })
})
