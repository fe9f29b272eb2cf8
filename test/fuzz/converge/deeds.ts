import { newId } from '../../../shared/ids/id.ts'
import { diceOf, type Dice } from '../draw.ts'
import type { SimPerson } from './person.ts'
import { randomStroke } from './random-stroke.ts'
import type { Step } from './schedule.ts'
import type { House } from './house.ts'

/** Carries out a step; what it starts goes on by itself. */
export function perform(step: Step, house: House): void {
  const person = house.people[step.who % house.people.length]
  const dice = diceOf(step.seed)
  if (!person) return
  switch (step.deed) {
    case 'crash':
      house.crash(dice.int(50, 3_000))
      return
    case 'restart':
      house.restart(dice.int(50, 2_000))
      return
    case 'disk-fails':
      house.failDisk(dice.int(200, 3_000))
      return
    case 'store-trouble':
      house.troubleStore(dice)
      return
    case 'demote':
      house.demote(step.who, dice)
      return
    case 'freeze':
      house.freeze(dice)
      return
    case 'intrude':
      house.intrude(dice)
      return
    case 'cut-line':
      person.cutLine(dice.chance(0.5) ? dice.int(0, 5_000) : 0)
      return
    case 'go-offline':
      person.goOffline()
      setTimeout(() => person.options.line.restore(), dice.int(200, 8_000))
      return
    case 'reload':
      // Without a copy on the device, what was not stored is gone with the page.
      house.journal.forget(person.options.index)
      person.reload()
      return
    default:
      edit(step, person, house, dice)
  }
}

function edit({ deed }: Step, person: SimPerson, house: House, dice: Dice): void {
  if (!person.mayDraw) return
  const { canvas, link } = person
  const shown = canvas.strokes.map(({ id }) => id)
  const some = (): string[] => shown.filter(() => dice.chance(Math.min(1, 2 / shown.length)))
  switch (deed) {
    case 'draw':
      for (let count = dice.int(1, 3); count > 0; count--) link.commit(newId(), randomStroke(dice))
      return
    case 'erase':
      link.erase(some())
      canvas.endStep()
      return
    case 'erase-part':
      for (const { stroke } of canvas.strokes.filter(() => dice.chance(0.4)))
        canvas.erasePart(stroke.xs[0] ?? 0, stroke.ys[0] ?? 0, dice.int(5, 60))
      canvas.endStep()
      return
    case 'move':
      canvas.move(some(), { dx: dice.int(-60, 60), dy: dice.int(-60, 60) })
      return
    case 'duplicate':
      canvas.duplicate(some(), { dx: 20, dy: 20 }, Date.now())
      return
    case 'clear':
      canvas.clear()
      return
    case 'restore':
      if (canvas.canRestore) canvas.restoreCleared()
      return
    case 'undo':
      canvas.undo()
      return
    case 'redo':
      canvas.redo()
      return
    case 'label':
    case 'keep':
      label(deed, person, house)
      return
    case 'withdraw':
      withdraw(person, house, dice)
      return
    default:
      throw new Error(`${deed} is no edit`)
  }
}

function label(deed: 'label' | 'keep', person: SimPerson, { journal, place, classId }: House): void {
  const { canvas, outbox, options } = person
  const named = canvas.strokes.map(({ id }) => id)
  const turned = canvas.turn()
  if (!turned) return
  const { pageId, strokeIds, stateVector, undoTurn } = turned
  const key = newId()
  const note = { key, by: options.index, pageId, named, drawingId: null, refused: null }
  journal.labels.set(key, note)
  const request = { canvasId: place.canvasId, pageId, strokeIds, stateVector, idempotencyKey: key }
  const sent =
    deed === 'label'
      ? outbox.send('drawing:label', { ...request, classId })
      : outbox.send('drawing:keep', request)
  sent.then(
    ({ drawing }) => journal.labelled(key, drawing.id),
    (error: unknown) => {
      journal.labelRefused(key, error)
      if (canvas === person.canvas) undoTurn()
    },
  )
}

function withdraw(person: SimPerson, { journal }: House, dice: Dice): void {
  const mine = [...journal.labels.values()].filter(
    ({ by, drawingId }) => by === person.options.index && drawingId !== null,
  )
  if (mine.length === 0) return
  const { drawingId } = dice.pick(mine)
  // Taking a label back is asked for once; where no answer comes it may have happened or not.
  if (drawingId !== null) person.socket.command('drawing:withdraw', { drawingId }).catch(() => undefined)
}
