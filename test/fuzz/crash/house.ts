import { Client } from '../../support/clients.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { pause } from '../../support/person.ts'
import type { OwnMongoServer } from '../../support/mongo-server.ts'
import { StoreError } from '../../../server/storage/store.ts'
import { diceOf, type Dice } from '../draw.ts'
import { auditServer } from './audit-server.ts'
import { auditStore } from './audit-store.ts'
import { Findings } from './findings.ts'
import { Ledger, type LabelNote } from './ledger.ts'
import { OwnerDeeds } from './owner-deeds.ts'
import type { Cycle } from './plan.ts'
import type { ServerProcess } from './server-process.ts'
import { Sitter, type Life } from './sitter.ts'

const CLASSES = 4
const SETTLE_WITHIN_MS = 60_000
const MOST_LOOKS = 5

export interface HouseOptions {
  readonly server: ServerProcess
  /** Killed as well; null where the server has its data to itself. */
  readonly database: Pick<OwnMongoServer, 'kill' | 'start'> | null
  readonly people: number
  readonly tell: (words: string) => void
}

/** A room of people at a server that is killed again and again, with what they were told. */
export class CrashHouse {
  readonly ledger = new Ledger()
  readonly findings: Findings
  trainingLostMax = 0
  private readonly sitters: Sitter[] = []
  private projectId = ''
  private endedAt = 0
  private readonly audited = new Set<LabelNote>()
  private deeds: OwnerDeeds | null = null
  /** Something seemed to be gone: the store itself is looked at before the next start. */
  private suspicious = false

  private readonly server: ServerProcess

  constructor(private readonly options: HouseOptions) {
    this.server = options.server
    this.findings = new Findings(options.tell)
  }

  /** First starts on an empty folder, which are killed while they set it up; then a room, its people and its canvases. */
  async furnish(seed: number, killed: number): Promise<void> {
    const dice = diceOf(seed)
    for (let i = 0; i < killed; i++) await this.server.startAndKill(dice.int(80, 700))
    const { ready } = await this.server.start()
    await ready
    const { url } = this.server
    const owner = await Client.arrive(url, 'Owner')
    const sketches = loadSketches()
    const names = [...new Set(sketches.map(({ label }) => label))].slice(0, CLASSES)
    const { project, codes } = await owner.create('empty', names)
    const { ledger } = this
    this.projectId = project.id
    ledger.projectIds.add(project.id)
    const { classes } = await owner.join(project.id)
    for (const { id, name } of classes) ledger.renamed(id, name)
    await owner.command('canvas:create', { name: 'Ours' })
    for (let index = 0; index < this.options.people; index++) {
      const first = index === 0 ? owner : await Client.arrive(url, `Person ${String(index)}`)
      if (index > 0) await first.joinByCode(codes.editor)
      const { canvases } = await first.join(project.id)
      for (const { id } of canvases) ledger.canvasIds.add(id)
      this.sitters.push(
        new Sitter({
          index,
          first,
          projectId: project.id,
          ledger,
          sketches: sketches.filter(({ label }) => names.includes(label)),
          classIds: new Map(classes.map(({ id, name }) => [name, id])),
          paceMs: 320,
          complain: (words) => this.findings.other(words),
        }),
      )
      first.leave()
    }
    const [sitter] = this.sitters
    this.deeds = sitter ? new OwnerDeeds(sitter, ledger) : null
    await this.server.kill()
  }

  /** One start, what people do in it, and its end by SIGKILL. */
  async live(cycle: Cycle): Promise<void> {
    const { server } = this
    if (cycle.kind === 'start') {
      await server.startAndKill(cycle.share * (server.resumedMs.at(-1) ?? 0))
      return
    }
    const dice = diceOf(cycle.seed)
    const { life, end } = lifeAt(server.url)
    const { ready } = await server.start()
    const knocking = cycle.knock ? this.come(life) : null
    await ready
    await this.audit()
    await (knocking ?? this.come(life))
    const working = this.sitters.map((sitter, i) => sitter.work(life, diceOf(cycle.seed + i)))
    const deeds = this.deeds
    const doing = deeds?.go(life, diceOf(cycle.seed ^ 0x0eed))
    if (cycle.kind === 'checkpoint') {
      await pause(dice.int(200, 1_000))
      void deeds?.checkpoint(life)
    }
    await pause(cycle.afterMs)
    if (cycle.kind === 'database') await this.loseDatabase(dice)
    this.endedAt = performance.now()
    await server.kill()
    end()
    // Their pages are closed with it: nothing comes back to the server that it does not have itself.
    for (const sitter of this.sitters) sitter.leave()
    await Promise.all([...working, doing])
  }

  /** Whether what is stored should be looked at itself before the next start. */
  get doubtful(): boolean {
    return this.suspicious
  }

  /** Looks into the data of the dead server, again where a database that has just come back is slow to answer. */
  async auditStore(settled = false): Promise<void> {
    this.suspicious = false
    for (let tries = 1; ; tries++) {
      try {
        await this.lookIntoStore(settled)
        return
      } catch (error) {
        const slow = error instanceof StoreError && error.code === 'unavailable'
        if (!slow || tries === MOST_LOOKS) throw error
      }
    }
  }

  private async lookIntoStore(settled: boolean): Promise<void> {
    const store = await this.server.openStore()
    try {
      await auditStore(store, this.ledger, this.projectId, this.findings, settled)
    } finally {
      await store.close()
    }
  }

  /** Everybody comes back once more and hears the answers to all they asked; then the server stops in order. */
  async settle(): Promise<void> {
    const { life, end } = lifeAt(this.server.url)
    const { ready } = await this.server.start()
    await ready
    await this.audit()
    await this.come(life)
    const asking = this.sitters.map((sitter) => sitter.retry(life))
    const late = performance.now() + SETTLE_WITHIN_MS
    while (this.sitters.some(({ unanswered }) => unanswered.length > 0) && performance.now() < late)
      await pause(50)
    for (const { unanswered } of this.sitters)
      for (const { request, attempts, passing } of unanswered)
        this.findings.other(
          `label ${request.idempotencyKey} was given ${String(attempts)} times and not answered: ${passing ?? 'silence'}`,
        )
    end()
    await Promise.all(asking)
    for (const sitter of this.sitters) sitter.leave()
    await this.server.stop()
    await this.auditStore(true)
  }

  leave(): void {
    for (const sitter of this.sitters) sitter.leave()
  }

  /** The database dies under the server, which goes on once it is back. */
  private async loseDatabase(dice: Dice): Promise<void> {
    const { database } = this.options
    await database?.kill()
    await pause(dice.int(0, 600))
    await database?.start()
    await pause(dice.int(0, 1_500))
  }

  private async come(life: Life): Promise<void> {
    await Promise.all(this.sitters.map((sitter) => sitter.come(life)))
  }

  private async audit(): Promise<void> {
    const [owner] = this.sitters
    if (!owner) return
    const fresh = [...this.ledger.labels.values()].filter(
      (note) =>
        note.drawingId !== null &&
        note.withdrawal === 'none' &&
        note.deletion === 'none' &&
        !this.audited.has(note),
    )
    const auditor = owner.seat.first.again(this.server.url)
    try {
      const { ledger, projectId, findings } = this
      const { step, missing } = await auditServer(auditor, ledger, projectId, fresh, findings)
      for (const note of fresh) this.audited.add(note)
      this.suspicious ||= missing.length > 0
      this.trainingLostMax = Math.max(this.trainingLostMax, ledger.resumed(step, this.endedAt))
    } finally {
      auditor.leave()
    }
  }
}

function lifeAt(url: string): { life: Life; end: () => void } {
  let resolve: () => void = () => undefined
  let over = false
  const life = { url, isOver: () => over, ended: new Promise<void>((settle) => (resolve = settle)) }
  return {
    life,
    end: () => {
      over = true
      resolve()
    },
  }
}
