import { describe, expect, it } from 'vitest'
import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'

describe('hostile frames', () => {
  it('[FUZZ-4] mutated canvas frames, commands and ink crash nothing and harm nobody who works beside them', async () => {
    const { figures, said } = await spawnFuzz(['wire', '--seed', '3', '--messages', '4000'])
    expect(figures, said).toMatchObject({ crashes: 0, honest_clients_harmed: 0 })
    expect(figures['messages']).toBeGreaterThanOrEqual(4_000)
    for (const way of ['canvas_frames', 'commands', 'ink_packets'])
      expect(figures[way], way).toBeGreaterThan(400)
  })

  it('[FUZZ-5] malformed packets and requests leave a server process alive, and its people at work', async () => {
    const { figures, said } = await spawnFuzz(['transports', '--seed', '3', '--messages', '400'])
    expect(figures, said).toMatchObject({ crashes: 0, honest_clients_harmed: 0 })
    const { socket_packets, polling_bodies, canvas_frames_by_socket, http_requests } = figures
    const ways = { socket_packets, polling_bodies, canvas_frames_by_socket, http_requests }
    for (const [way, count] of Object.entries(ways)) expect(count, way).toBeGreaterThan(20)
  })
})
