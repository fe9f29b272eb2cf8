import type { LimitName } from '../../server/rooms/ports.ts'

/** How often the server at `url` refused something because of a limit, as /metrics tells. */
export async function refusals(url: string, limit: LimitName): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^trainboard_refusals_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(text)?.[1])
}
