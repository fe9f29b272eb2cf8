import * as Y from 'yjs'
import type { CheckpointInfo, DrawingInfo } from '../../../shared/protocol/entities.ts'
import type { CommandInput } from '../../../shared/protocol/payloads.ts'

export interface StrokeNote {
  readonly id: string
  readonly canvasId: string
  /** The document's client id, and its clock after the stroke: a state vector that has come so far covers it. */
  readonly clientId: number
  readonly clock: number
  acknowledged: boolean
}

export interface LabelNote {
  readonly by: number
  readonly request: CommandInput<'drawing:label'> & { readonly strokeIds: readonly string[] }
  drawingId: string | null
  /** Code and words of a refusal that stands. */
  refused: string | null
  attempts: number
  /** The code of the newest refusal that passes. */
  passing: string | null
  /** Of what undoes it. */
  withdrawal: 'none' | 'asked' | 'acknowledged'
  deletion: 'none' | 'asked' | 'acknowledged'
}

/** What a value was told to be, and what else it may be since a change was asked for and not answered. */
interface Edited {
  readonly told: string
  readonly asked: string | null
}

/**
 * What people did at a server that is killed and what they were told, kept by those who ask: nothing of it may be gone,
 * and nothing of it may be there twice.
 */
export class Ledger {
  readonly strokes = new Map<string, StrokeNote>()
  readonly labels = new Map<string, LabelNote>()
  readonly classNames = new Map<string, Edited>()
  readonly projectIds = new Set<string>()
  readonly canvasIds = new Set<string>()
  /** Checkpoints that were answered to be kept. */
  readonly pinned = new Set<string>()
  /** The furthest step of a checkpoint that was answered since the newest way back. */
  checkpointedStep = 0
  /** Grows with each way back. */
  era = 0
  private readonly unsaved = new Map<string, Set<StrokeNote>>()
  private progress: { readonly step: number; readonly at: number }[] = []

  drew(id: string, canvasId: string, doc: Y.Doc): void {
    const clock = Y.getState(doc.store, doc.clientID)
    const note = { id, canvasId, clientId: doc.clientID, clock, acknowledged: false }
    this.strokes.set(id, note)
    const unsaved = this.unsaved.get(canvasId) ?? new Set()
    this.unsaved.set(canvasId, unsaved.add(note))
  }

  /** Somebody was told that the store holds what this state vector covers. */
  saved(canvasId: string, stateVector: Uint8Array): void {
    const unsaved = this.unsaved.get(canvasId)
    if (!unsaved) return
    const clocks = Y.decodeStateVector(stateVector)
    for (const note of unsaved) {
      if (note.clock > (clocks.get(note.clientId) ?? 0)) continue
      note.acknowledged = true
      unsaved.delete(note)
    }
  }

  labelled(note: LabelNote, drawing: DrawingInfo): void {
    note.drawingId = drawing.id
  }

  renaming(classId: string, name: string): void {
    this.classNames.set(classId, { told: this.classNames.get(classId)?.told ?? '', asked: name })
  }

  renamed(classId: string, name: string): void {
    this.classNames.set(classId, { told: name, asked: null })
  }

  /** Whether a class may have this name; from then on it has it. */
  isName(classId: string, name: string): boolean {
    const known = this.classNames.get(classId)
    if (known && name !== known.told && name !== known.asked) return false
    this.renamed(classId, name)
    return true
  }

  checkpointed(step: number, askedIn: number): void {
    if (askedIn === this.era) this.checkpointedStep = Math.max(this.checkpointedStep, step)
  }

  /** Steps say nothing of what is lost until the answer is there, and nor do answers to what was asked before. */
  rollingBack(): void {
    this.era++
    this.progress = []
    this.checkpointedStep = 0
  }

  rolledBack({ step }: CheckpointInfo): void {
    this.era++
    this.progress = []
    this.checkpointedStep = step
  }

  trained(step: number): void {
    if (step > (this.progress.at(-1)?.step ?? 0)) this.progress.push({ step, at: performance.now() })
  }

  /**
   * Training goes on from this step, after an end at `endedAt` (ms of this process). Answers the seconds of training
   * that are to be done again: from when the first step was seen that is gone.
   */
  resumed(step: number, endedAt: number): number {
    const lost = this.progress.find((seen) => seen.step > step)
    this.progress = this.progress.filter((seen) => seen.step <= step)
    return lost ? (endedAt - lost.at) / 1_000 : 0
  }

  /** Somebody asked for the deletion of a drawing that this stroke may be in. */
  mayBeDeleted(strokeId: string): boolean {
    return [...this.labels.values()].some(
      ({ request, deletion }) => deletion !== 'none' && request.strokeIds.includes(strokeId),
    )
  }

  /** Labels that were neither answered nor refused for good. */
  pending(by: number): LabelNote[] {
    return [...this.labels.values()].filter(
      (note) => note.by === by && note.drawingId === null && note.refused === null,
    )
  }

  /** What was done with a stroke, for whoever looks for it. */
  storyOf(strokeId: string): string {
    const labels = [...this.labels.values()].filter(({ request }) => request.strokeIds.includes(strokeId))
    const told = labels.map(
      ({ request, by, drawingId, refused, withdrawal, deletion }) =>
        `person ${String(by)} labelled it on page ${request.pageId} as ${drawingId ?? refused ?? 'not answered'} (taken back: ${withdrawal}, deleted: ${deletion})`,
    )
    return `on canvas ${this.strokes.get(strokeId)?.canvasId ?? ''}: ${told.join(', ') || 'never labelled'}`
  }

  /** Ids of strokes that somebody's label named. */
  named(): Set<string> {
    return new Set([...this.labels.values()].flatMap(({ request }) => request.strokeIds))
  }
}
