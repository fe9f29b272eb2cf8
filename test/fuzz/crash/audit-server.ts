import { CanvasClient, type Client } from '../../support/clients.ts'
import { pause } from '../../support/person.ts'
import { strokesOn } from './audit-store.ts'
import type { Findings } from './findings.ts'
import type { LabelNote, Ledger } from './ledger.ts'

const WITHIN_MS = 15_000
/** Labels asked for again in one audit: a connection has so many commands at once. */
const LABELS = 45

export interface Audit {
  /** The step of the newest checkpoint that can be used, from which training goes on. */
  readonly step: number
  /** Acknowledged strokes that are on no page and that no label named. */
  readonly missing: readonly string[]
}

/**
 * Looks through the eyes of somebody who has nothing yet at a server that has just started: every document, the newest
 * `labels`, the names of the classes.
 */
export async function auditServer(
  auditor: Client,
  ledger: Ledger,
  projectId: string,
  labels: readonly LabelNote[],
  findings: Findings,
): Promise<Audit> {
  const state = await auditor.join(projectId)
  const { checkpoints } = await auditor.command('checkpoint:list', {})
  const step = checkpoints.find(({ problem }) => problem === null)?.step ?? 0
  for (const { id, name } of state.classes)
    if (!ledger.isName(id, name)) findings.other(`class ${id} is called ${name}`)
  for (const id of ledger.classNames.keys())
    if (!state.classes.some((found) => found.id === id)) findings.other(`class ${id} is gone`)
  const there = ledger.named()
  for (const canvasId of ledger.canvasIds) {
    const info = state.canvases.find(({ id }) => id === canvasId)
    if (!info) {
      findings.unread(canvasId, 'the room does not have it')
      continue
    }
    const name = `${canvasId}.${String(info.generation)}`
    const canvas = new CanvasClient(auditor.url, projectId, name, auditor.token, 'subprotocol')
    const refused = canvas.closed.then((code) => `closed with ${String(code)}`)
    const late = pause(WITHIN_MS).then(() => 'no answer')
    const how = await Promise.race([canvas.synced().then(() => null), refused, late])
    if (how !== null) findings.unread(canvasId, how)
    else for (const id of strokesOn(canvas.doc)) there.add(id)
    canvas.leave()
  }
  for (const { request, drawingId } of labels.slice(-LABELS)) {
    const reply = await auditor.ask('drawing:label', request)
    const key = request.idempotencyKey
    if ('error' in reply) findings.label(key, `is refused: ${reply.error.code}`)
    else if (reply.ok.drawing.id !== drawingId) findings.label(key, `is drawing ${reply.ok.drawing.id} now`)
    else if (reply.ok.drawing.classId !== request.classId)
      findings.label(key, `is of class ${String(reply.ok.drawing.classId)} now`)
  }
  const missing = [...ledger.strokes.values()].filter(
    ({ id, acknowledged }) => acknowledged && !there.has(id),
  )
  return { step, missing: missing.map(({ id }) => id) }
}
