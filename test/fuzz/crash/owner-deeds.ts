import { newId } from '../../../shared/ids/id.ts'
import { pause } from '../../support/person.ts'
import type { Dice } from '../draw.ts'
import type { Ledger } from './ledger.ts'
import { inLife, type Life, type Sitter } from './sitter.ts'

/** Most pins of one campaign: a room keeps only so many. */
const MOST_PINNED = 6
const REST_MS = 700

/** What the owner of a room does beside drawing: names, new projects, checkpoints, and the way back to one. */
export class OwnerDeeds {
  private turn = 0

  constructor(
    private readonly owner: Sitter,
    private readonly ledger: Ledger,
  ) {}

  async go(life: Life, dice: Dice): Promise<void> {
    const deeds = [this.rename, this.make, this.checkpoint, this.checkpoint, this.pin, this.rollBack]
    while (!life.isOver()) {
      await pause(dice.int(REST_MS / 8, REST_MS))
      if (!life.isOver()) await dice.pick(deeds)(life, dice)
    }
  }

  readonly checkpoint = async (life: Life): Promise<void> => {
    const { era } = this.ledger
    const reply = await inLife(life, this.owner.client.ask('checkpoint:save', {}))
    if (reply && 'ok' in reply) this.ledger.checkpointed(reply.ok.step, era)
  }

  private readonly rename = async (life: Life, dice: Dice): Promise<void> => {
    const { ledger, owner } = this
    const classId = dice.pick([...ledger.classNames.keys()])
    const name = `class ${String(++this.turn)}`
    ledger.renaming(classId, name)
    const reply = await inLife(life, owner.client.ask('class:rename', { classId, name }))
    if (reply && 'ok' in reply) ledger.renamed(classId, name)
  }

  private readonly make = async (life: Life): Promise<void> => {
    const made = await inLife(life, this.owner.client.create('empty', [newId()]))
    if (made) this.ledger.projectIds.add(made.project.id)
  }

  private readonly pin = async (life: Life, dice: Dice): Promise<void> => {
    const { ledger, owner } = this
    if (ledger.pinned.size >= MOST_PINNED) return
    const listed = await inLife(life, owner.client.ask('checkpoint:list', {}))
    if (!listed || !('ok' in listed) || listed.ok.checkpoints.length === 0) return
    const { id } = dice.pick(listed.ok.checkpoints)
    const reply = await inLife(
      life,
      owner.client.ask('checkpoint:edit', { checkpointId: id, pinned: true, name: `kept ${id}` }),
    )
    if (reply && 'ok' in reply) ledger.pinned.add(id)
  }

  private readonly rollBack = async (life: Life, dice: Dice): Promise<void> => {
    const { ledger, owner } = this
    if (!dice.chance(0.3)) return
    const listed = await inLife(life, owner.client.ask('checkpoint:list', {}))
    if (!listed || !('ok' in listed) || listed.ok.checkpoints.length === 0) return
    const { id } = dice.pick(listed.ok.checkpoints)
    ledger.rollingBack()
    const reply = await inLife(life, owner.client.ask('checkpoint:restore', { checkpointId: id }))
    if (reply && 'ok' in reply) ledger.rolledBack(reply.ok.checkpoint)
  }
}
