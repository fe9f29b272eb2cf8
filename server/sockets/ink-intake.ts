import { decodeInkParts, InkError, type InkPart } from '../../shared/protocol/ink.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomMetrics } from '../rooms/ports.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'

/** Ink packets a second, and at once: a client sends one a tick. */
export const INK_PACKETS = { rate: 45, burst: 90 }
export const MAX_INK_BYTES = 32_000

/** Reads one connection's ink packets. Ink has no acknowledgement: what cannot be read or is too much is dropped. */
export function createInkIntake(
  clock: Clock,
  metrics: RoomMetrics | undefined,
): (packet: unknown) => readonly InkPart[] {
  const bucket = new TokenBucket(clock, INK_PACKETS.rate, INK_PACKETS.burst)
  return (packet) => {
    if (!(packet instanceof Uint8Array)) return []
    if (!bucket.take()) {
      metrics?.refused('ink-packets')
      return []
    }
    if (packet.byteLength > MAX_INK_BYTES) {
      metrics?.refused('ink-bytes')
      return []
    }
    try {
      return decodeInkParts(packet)
    } catch (error) {
      if (error instanceof InkError) return []
      throw error
    }
  }
}
