import { StoreError } from '../store.ts'
import { toPlain } from '../thread/plain-error.ts'
import type { StoreOperations, StoreReply, StoreRequest } from '../thread/rpc.ts'
import { dropPieces, insertRecord, pieceCount, putPiece, refuseWrong } from './checkpoints.ts'
import { toStoreError } from './errors.ts'
import { runGroup } from './group-commit.ts'
import type { Sql } from './sql.ts'

export type CheckpointRequest = Extract<StoreRequest, { method: 'putCheckpoint' }>

interface UnderWay {
  readonly request: CheckpointRequest
  /** Pieces that are written; null before the record was looked at. */
  pieces: number | null
}

/**
 * Writes the blobs of checkpoints a piece and a commit at a time, so that a label that is asked for meanwhile waits for
 * one piece at most. The record, written after them, makes it a checkpoint; pieces without one are swept at a start.
 */
export class CheckpointWrites {
  readonly #waiting: UnderWay[] = []

  constructor(
    private readonly sql: Sql,
    private readonly operations: StoreOperations,
  ) {}

  get idle(): boolean {
    return this.#waiting.length === 0
  }

  take(request: CheckpointRequest): void {
    this.#waiting.push({ request, pieces: null })
  }

  /** The next piece of the first one; answers once it is through or has failed. */
  step(): StoreReply | null {
    const [first] = this.#waiting
    if (!first) return null
    const reply = this.#advance(first)
    if (reply) this.#waiting.shift()
    return reply
  }

  /** All that is left, without a pause. */
  finish(): StoreReply[] {
    const replies: StoreReply[] = []
    while (!this.idle) {
      const reply = this.step()
      if (reply) replies.push(reply)
    }
    return replies
  }

  #advance(one: UnderWay): StoreReply | null {
    const { request } = one
    const [record, blob] = request.args
    try {
      if (one.pieces === null) {
        refuseWrong(this.sql, record, blob)
        one.pieces = 0
      } else if (one.pieces < pieceCount(blob)) {
        putPiece(this.sql, record.id, blob, one.pieces)
        one.pieces++
      } else {
        return this.#commit(request)
      }
      return null
    } catch (error) {
      return this.#refuse(request, one.pieces !== null, error)
    }
  }

  #commit(request: CheckpointRequest): StoreReply {
    const putCheckpoint: StoreOperations['putCheckpoint'] = (record) => {
      insertRecord(this.sql, record)
    }
    const [reply] = runGroup(this.sql, { ...this.operations, putCheckpoint }, [request])
    if (reply?.ok) return reply
    const id = request.args[0].id
    this.#drop(id)
    return (
      reply ?? this.#refuse(request, false, new StoreError('unavailable', `checkpoint ${id} was not written`))
    )
  }

  #refuse({ id, args }: CheckpointRequest, begun: boolean, error: unknown): StoreReply {
    if (begun) this.#drop(args[0].id)
    return { id, ok: false, error: toPlain(toStoreError(error)) }
  }

  #drop(checkpointId: string): void {
    try {
      dropPieces(this.sql, checkpointId)
    } catch {
      // A full disk takes no deletion either: the next start sweeps them.
    }
  }
}
