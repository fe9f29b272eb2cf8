import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '1000' },
    shrink: { type: 'string', default: '5' },
    driver: { type: 'string', default: 'sqlite' },
    kills: { type: 'string', default: '200' },
    messages: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
  },
})
const [part] = positionals
const seed = Number(values.seed)
const say = (words: string): void => void process.stderr.write(`${words}\n`)
process.setMaxListeners(0)

if (part === 'converge') {
  // Before everything else: see there.
  await import('./virtual-world.ts')
  const { campaign } = await import('./converge/campaign.ts')
  finish(await campaign(seed, Number(values.schedules), Number(values.shrink), say))
} else if (part === 'faults') {
  await import('./virtual-world.ts')
  const { campaign } = await import('./converge/campaign.ts')
  const { faultyScheduleOf } = await import('./converge/schedule.ts')
  finish(await campaign(seed, Number(values.schedules), Number(values.shrink), say, faultyScheduleOf))
} else if (part === 'regressions') {
  await import('./virtual-world.ts')
  const { replay } = await import('./converge/campaign.ts')
  const { regressions } = await import('./converge/regressions.ts')
  finish(await replay(regressions, say))
} else if (part === 'kill') {
  const { killCampaign } = await import('./converge/kill.ts')
  finish(await killCampaign(seed, Number(values.schedules), say))
} else if (part === 'wire') {
  await import('./virtual-world.ts')
  const { wireCampaign } = await import('./wire/campaign.ts')
  finish(await wireCampaign(seed, Number(values.messages), say))
} else if (part === 'transports') {
  const { transportCampaign } = await import('./wire/transports.ts')
  finish(await transportCampaign(seed, Number(values.messages), say))
} else if (part === 'crash' || part === 'crash-restore') {
  const { crashCampaign } = await import('./crash/campaign.ts')
  const { restoreCampaign } = await import('./crash/restore.ts')
  const { ownMongoServer } = await import('../support/mongo-server.ts')
  const database = values.driver === 'mongo' ? await ownMongoServer() : null
  if (database && 'missing' in database) fail(database.missing)
  const play = part === 'crash' ? crashCampaign : restoreCampaign
  const figures: Promise<object> = play(seed, Number(values.kills), database, say)
  finish(await figures.finally(() => database?.stop()))
} else {
  say('usage: npm run fuzz -- converge|faults [--seed N] [--schedules N] [--shrink N]')
  say('       npm run fuzz -- kill [--seed N] [--schedules N]')
  say('       npm run fuzz -- crash|crash-restore [--seed N] [--kills N] [--driver sqlite|mongo]')
  say('       npm run fuzz -- regressions')
  say('       npm run fuzz -- wire|transports [--seed N] [--messages N]')
  process.exit(2)
}

function fail(words: string): never {
  say(words)
  process.exit(1)
}

function finish(figures: object): never {
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  process.exit(0)
}
