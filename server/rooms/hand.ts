import type { ActivityKind, Hand } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { createKeyedQueue } from '../ops/keyed-queue.ts'
import type { Clock } from '../ops/clock.ts'
import type { StoredHand } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { Deed } from './activity.ts'
import type { RoomMetrics } from './ports.ts'

/** How long somebody who is followed may be gone, to come back by another connection, in ms. */
export const FOLLOW_GRACE_MS = 5_000
/** How long a pen that is resting may still bring what it had begun, in ms. */
export const FREEZE_GRACE_MS = 1_000

export interface RoomHandOptions {
  readonly projectId: string
  readonly stored: StoredHand
  readonly store: Pick<Store, 'updateProject'>
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly isOwner: (userId: string) => boolean
  readonly hasCanvas: (canvasId: string) => boolean
  /** Hears of each change once it is stored and holds. */
  readonly changed: (before: Hand, after: Hand, byUserId: string) => void
  readonly did: (deed: Deed) => void
}

type Change = (now: StoredHand) => Partial<StoredHand>

/** What owners hold in a room: each change is stored before it holds, and holds before it is told. */
export class RoomHand {
  private stored: StoredHand
  private spotlit: string | null = null
  private followed: string | null = null
  /** Runs while who is followed is gone. */
  private gone: NodeJS.Timeout | null = null
  /** Since when pens rest, in epoch ms: on all canvases, and by canvas. What a restart finds has rested for long. */
  private allSince = -Infinity
  private readonly since = new Map<string, number>()
  private readonly queue = createKeyedQueue()

  constructor(private readonly options: RoomHandOptions) {
    this.stored = options.stored
  }

  state(): Hand {
    return { ...this.stored, spotlight: this.spotlight, followUserId: this.followed }
  }

  get namesHidden(): boolean {
    return this.stored.namesHidden
  }

  get lobby(): boolean {
    return this.stored.lobby
  }

  get ended(): boolean {
    return this.stored.ended
  }

  /** Whether somebody's pen works on a canvas at `now` (epoch ms): an owner's always, others' not while it rests. */
  mayInk(userId: string, canvasId: string, now: number): boolean {
    const { frozenAll, frozenCanvasIds } = this.stored
    const all = frozenAll && now - this.allSince >= FREEZE_GRACE_MS
    const one =
      frozenCanvasIds.includes(canvasId) && now - (this.since.get(canvasId) ?? -Infinity) >= FREEZE_GRACE_MS
    return (!all && !one) || this.options.isOwner(userId)
  }

  /** @throws AppError `locked` for who is no owner while labels are locked */
  requireUnlocked(userId: string): void {
    if (!this.stored.labelsLocked || this.options.isOwner(userId)) return
    this.options.metrics?.refused('labels-locked')
    throw new AppError('locked')
  }

  /** Rests all pens but owners' on a canvas, or (null) on all. @throws AppError `unknown-canvas` */
  freeze(byUserId: string, canvasId: string | null, frozen: boolean): Promise<Hand> {
    const kind = frozen ? 'frozen' : 'unfrozen'
    if (canvasId === null) return this.change(byUserId, () => ({ frozenAll: frozen }), kind)
    if (frozen) this.requireCanvas(canvasId)
    const change: Change = ({ frozenCanvasIds }) => {
      if (frozenCanvasIds.includes(canvasId) === frozen) return {}
      const others = frozenCanvasIds.filter((id) => id !== canvasId && this.options.hasCanvas(id))
      return { frozenCanvasIds: frozen ? [...others, canvasId] : others }
    }
    return this.change(byUserId, change, kind, canvasId)
  }

  lockLabels(byUserId: string, labelsLocked: boolean): Promise<Hand> {
    return this.change(byUserId, () => ({ labelsLocked }), labelsLocked ? 'labels-locked' : 'labels-unlocked')
  }

  hideNames(byUserId: string, namesHidden: boolean): Promise<Hand> {
    return this.change(byUserId, () => ({ namesHidden }), namesHidden ? 'names-hidden' : 'names-shown')
  }

  openLobby(byUserId: string, lobby: boolean): Promise<Hand> {
    return this.change(byUserId, () => ({ lobby }), lobby ? 'lobby-opened' : 'lobby-closed')
  }

  /** Ends the session or opens it again. */
  end(byUserId: string, ended: boolean): Promise<Hand> {
    return this.change(byUserId, () => ({ ended }), ended ? 'session-ended' : 'session-reopened')
  }

  /** The canvas everybody looks at, null for none. @throws AppError `unknown-canvas` */
  spotlightOn(byUserId: string, canvasId: string | null): Promise<Hand> {
    if (canvasId !== null) this.requireCanvas(canvasId)
    return this.inTurn(() => {
      const before = this.state()
      this.spotlit = canvasId
      if (before.spotlight !== canvasId) {
        this.tell(before, byUserId, { kind: canvasId === null ? 'spotlight-ended' : 'spotlight', canvasId })
      }
    })
  }

  /** Everybody follows the caller, or nobody is followed any more. */
  follow(byUserId: string, on: boolean): Promise<Hand> {
    return this.inTurn(() => this.setFollowed(byUserId, on ? byUserId : null))
  }

  /** The person is no owner any more, or no member: nobody can follow them. */
  lost(userId: string): void {
    if (this.followed === userId) this.setFollowed(userId, null)
  }

  /** Whether a person is here now: who is followed and stays away is followed no more. */
  seen(userId: string, here: boolean): void {
    if (this.followed !== userId) return
    if (here) this.stop()
    else this.gone ??= setTimeout(() => this.lost(userId), FOLLOW_GRACE_MS).unref()
  }

  /** Ends what runs. */
  stop(): void {
    if (this.gone) clearTimeout(this.gone)
    this.gone = null
  }

  private get spotlight(): string | null {
    return this.spotlit !== null && this.options.hasCanvas(this.spotlit) ? this.spotlit : null
  }

  private setFollowed(byUserId: string, followed: string | null): void {
    const before = this.state()
    if (before.followUserId === followed) return
    this.followed = followed
    this.stop()
    const kind = followed === null ? 'follow-ended' : 'follow'
    this.tell(before, byUserId, { kind, userId: followed ?? before.followUserId })
  }

  private change(
    byUserId: string,
    change: Change,
    kind: ActivityKind,
    canvasId: string | null = null,
  ): Promise<Hand> {
    return this.inTurn(async () => {
      const now = this.stored
      const next: StoredHand = { ...now, ...change(now) }
      if (isSame(now, next)) return
      const { projectId, store } = this.options
      await store.updateProject(projectId, { hand: next })
      const before = this.state()
      this.stored = next
      this.rest(now, next)
      this.tell(before, byUserId, { kind, canvasId })
    })
  }

  /** Notes when pens began to rest, for the grace. */
  private rest(before: StoredHand, after: StoredHand): void {
    const now = this.options.clock.now()
    if (after.frozenAll && !before.frozenAll) this.allSince = now
    for (const id of before.frozenCanvasIds) if (!after.frozenCanvasIds.includes(id)) this.since.delete(id)
    for (const id of after.frozenCanvasIds) if (!before.frozenCanvasIds.includes(id)) this.since.set(id, now)
  }

  private tell(before: Hand, byUserId: string, deed: Omit<Deed, 'byUserId'>): void {
    this.options.changed(before, this.state(), byUserId)
    this.options.did({ ...deed, byUserId })
  }

  private requireCanvas(canvasId: string): void {
    if (this.options.hasCanvas(canvasId)) return
    throw new AppError('unknown-canvas', `There is no canvas ${canvasId} in this room`)
  }

  private inTurn(task: () => Promise<void> | void): Promise<Hand> {
    return this.queue.run('hand', async () => {
      await task()
      return this.state()
    })
  }
}

function isSame(a: StoredHand, b: StoredHand): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
