import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { BackendName } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { families, type Family } from '../../../shared/training/settings.ts'
import { chromiumPath } from '../../support/browser.ts'
import { exerciseRung, type Exercise, type ExerciseReport } from '../../support/exercise-rung.ts'
import { missingPart } from '../../support/missing-part.ts'

const root = new URL('../../../', import.meta.url).pathname

/** Plain JavaScript takes seconds for a sample of the deeper networks: the other rungs are compared with it on few. */
const familiesOf = (rung: BackendName): readonly Family[] => (rung === 'cpu' ? ['mlp', 'cnn'] : families)

function exerciseOf(rung: BackendName, family: Family): Exercise {
  if (rung === 'cpu') return { family, size: 2, steps: 5 }
  return { family, size: family === 'cnn-deep' ? 1 : 2, steps: 8 }
}

/** Null, or why the rung is not on this machine. */
async function missing(rung: BackendName): Promise<string | null> {
  try {
    await openBackend(rung, () => undefined)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function expectRight(report: ExerciseReport, { steps }: Exercise): void {
  expect(report.logitsDifference).toBeLessThan(1e-4)
  expect(report.embeddingDifference).toBeLessThan(1e-4)
  expect(report.gradientDifference).toBeLessThan(1e-4)
  expect(report.headGradientDifference).toBeLessThan(1e-4)
  expect(report.slopeRatio).toBeGreaterThan(0.95)
  expect(report.slopeRatio).toBeLessThan(1.05)
  expect(report.losses).toHaveLength(steps)
  // A step or two are no training: the loss is seen to fall from five on.
  if (steps >= 5) expect(report.losses.at(-1)).toBeLessThan(0.6 * (report.losses[0] ?? 0))
  expect(report.resumedEqual).toBe(true)
  expect(report.leakedTensors).toBe(0)
}

const gpu = await missing('tensorflow-gpu')
// No machine of the tests has a CUDA device, so that this one is left out there too.
if (gpu !== null) process.stderr.write(`SKIPPED: tests on tensorflow-gpu, since ${gpu}\n`)
const native = gpu === null ? 'tensorflow-gpu' : 'tensorflow'
const tensorflow = await missing(native)
if (tensorflow !== null) missingPart('tests on TensorFlow', `${tensorflow} (npm run setup:tensorflow)`)

describe.each(['wasm', 'cpu', ...(tensorflow === null ? [native] : [])] as BackendName[])(
  'rung %s',
  (rung) => {
    it.each(familiesOf(rung))(
      '[BACKEND-23] guesses, learns and resumes to the bit with %s, and leaks nothing',
      async (family) => {
        const exercise = exerciseOf(rung, family)
        expectRight(await exerciseRung(rung, exercise), exercise)
      },
    )
  },
)

/** The driver that computes Vulkan on the processor, which Chromium brings. */
function softwareVulkan(): string | null {
  const chromium = chromiumPath()
  const folders = ['/usr/lib/chromium', ...(chromium === null ? [] : [dirname(realpathSync(chromium))])]
  return folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find(existsSync) ?? null
}

const reportsSchema = z.array(
  z.object({
    logitsDifference: z.number(),
    embeddingDifference: z.number(),
    gradientDifference: z.number(),
    headGradientDifference: z.number(),
    slopeRatio: z.number(),
    losses: z.array(z.number()),
    resumedEqual: z.boolean(),
    leakedTensors: z.number(),
  }),
)

const driver = softwareVulkan()
if (driver === null) missingPart('tests on WebGPU', 'no SwiftShader is beside a Chromium here')

describe.skipIf(driver === null)('rung webgpu', () => {
  it(
    '[BACKEND-23] guesses, learns and resumes to the bit in software too, and leaks nothing',
    { timeout: 300_000 },
    async () => {
      // A sample takes a good part of a second here.
      const exercises: Exercise[] = [
        { family: 'mlp', size: 2, steps: 5 },
        { family: 'cnn', size: 2, steps: 1 },
      ]
      const program = join(root, 'test/support/exercise-rung-program.ts')
      const words = ['--import', import.meta.resolve('tsx'), program, 'webgpu', JSON.stringify(exercises)]
      const { stdout } = await promisify(execFile)(process.execPath, words, {
        cwd: root,
        env: { ...process.env, VK_ICD_FILENAMES: driver ?? '' },
      })
      const reports = reportsSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
      expect(reports).toHaveLength(exercises.length)
      exercises.forEach((exercise, place) => {
        const report = reports[place]
        if (!report) throw new Error('a report is missing')
        expectRight(report, exercise)
      })
    },
  )
})
