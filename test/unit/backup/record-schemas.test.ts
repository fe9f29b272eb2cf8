import { expect, test } from 'vitest'
import { z } from 'zod'
import { recordSchemas } from '../../../server/backup/record-schemas.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { aProject } from '../../contract/store-records.ts'

const { project } = recordSchemas(z.instanceof(Uint8Array))

test('[BACKUP-20] a backup of an earlier version restores its three training settings, with the defaults for the rest', () => {
  const three = { learningRate: 5e-4, batchSize: 32, stepsPerArrival: 5 }
  expect(project.parse({ ...aProject(), training: three })).toEqual(
    aProject({ training: { ...defaultTrainingSettings, ...three } }),
  )
  const wrong = { ...aProject(), training: { ...defaultTrainingSettings, dropout: 2 } }
  expect(project.safeParse(wrong).error?.issues[0]?.path).toEqual(['training', 'dropout'])
})
