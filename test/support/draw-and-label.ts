import type { Stroke } from '../../shared/canvas/stroke.ts'
import type { FixtureDrawing } from './fixtures.ts'
import type { Journal } from './journal.ts'
import { pause, type Person } from './person.ts'

const THINK_MS = 400
/** Longest wait between two strokes that is waited for, in ms. */
const LONGEST_LIFT_MS = 1_000

/** A person draws a sketch at the speed at which it was drawn, looks at the bars and labels it. */
export async function drawAndLabel(
  person: Person,
  drawing: FixtureDrawing,
  classId: string,
  journal: Journal,
  tailSent: (strokeId: string, stroke: Stroke, points: number) => void = () => undefined,
): Promise<void> {
  let done = 0
  let lastEnd = 0
  for (const stroke of drawing.strokes) {
    const begins = stroke.at - (drawing.strokes[0]?.at ?? 0)
    await pause(Math.min(LONGEST_LIFT_MS, Math.max(0, begins - lastEnd)))
    const earlier = done
    await person.drawTimed({ ...stroke, at: Date.now() }, (strokeId, points, pointerAt) => {
      journal.tailSent(person, earlier + points, pointerAt)
      tailSent(strokeId, stroke, points)
    })
    done += stroke.xs.length
    lastEnd = begins + (stroke.times?.at(-1) ?? 0)
  }
  await pause(THINK_MS)
  await journal.covered(person)
  try {
    const askedAt = performance.now()
    const { drawing: stored } = await person.label(classId)
    journal.labelled(stored, performance.now() - askedAt)
  } catch (error) {
    journal.errors.push(String(error))
  }
}
