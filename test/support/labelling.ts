import { vi, expect } from 'vitest'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type { DrawingInfo, ClassInfo } from '../../shared/protocol/entities.ts'
import type { Client } from './clients.ts'

/** Somebody with a canvas of their own who labels drawings, each on a page of its own. */
export interface Labeller {
  readonly client: Client
  readonly projectId: string
  readonly classes: readonly ClassInfo[]
  label(strokes: readonly Stroke[], classIndex: number): Promise<DrawingInfo>
}

export async function labellerOf(client: Client, projectId: string): Promise<Labeller> {
  const { you, classes } = await client.join(projectId)
  const canvasId = you.canvasId ?? ''
  const canvas = await client.canvas(projectId, canvasId).synced()
  return {
    client,
    projectId,
    classes,
    async label(strokes, classIndex) {
      for (const stroke of strokes) canvas.draw(stroke)
      const { pageId, stateVector } = canvas
      const classId = classes[classIndex]?.id ?? ''
      const { drawing } = await client.command('drawing:label', {
        canvasId,
        pageId,
        classId,
        stateVector,
        idempotencyKey: newId(),
      })
      await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
      return drawing
    },
  }
}
