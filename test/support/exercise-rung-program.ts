import { z } from 'zod'
import { backendNames } from '../../server/learning/backend/backend.ts'
import { families } from '../../shared/training/settings.ts'
import { exerciseRung } from './exercise-rung.ts'

/*
 * `exercise-rung-program.ts WEBGPU '[{"family": …}]'`: the exercises in a process of their own, whose environment and
 * drivers are nobody else's. The last line of its output is the reports.
 */

const exercisesSchema = z.array(z.object({ family: z.enum(families), size: z.number(), steps: z.number() }))

const name = z.enum(backendNames).parse(process.argv[2])
const reports = []
for (const exercise of exercisesSchema.parse(JSON.parse(process.argv[3] ?? '')))
  reports.push(await exerciseRung(name, exercise))
process.stdout.write(`\n${JSON.stringify(reports)}\n`)
