import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import {
  appendPage,
  currentPage,
  cutStroke,
  dropPage,
  moveStroke,
  pageIdOf,
  pagesOf,
  putStroke,
  rawStrokes,
  strokesOf,
} from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import { step1Message, step2MessageOf, updateMessage } from '../../../server/sync/messages.ts'
import { randomStroke } from '../converge/random-stroke.ts'
import type { Dice } from '../draw.ts'
import { mutated, randomBytes } from './mutate.ts'
import { collectedRun, eraseAll, rawUpdate } from './raw-updates.ts'

/** A message as somebody hostile sends it to a canvas whose state they know. */
export function hostileFrame(state: Uint8Array, dice: Dice): Uint8Array {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const how = dice.int(0, 99)
  if (how < 2) return messageOf(collectedRun(dice), dice)
  if (how < 30) return messageOf(rawUpdate(doc, dice), dice)
  if (how < 33) return messageOf(eraseAll(doc, dice), dice)
  if (how < 34) return updateMessage(bulk(doc, dice))
  if (how < 54) return messageOf(subtlyWrong(doc, dice), dice)
  if (how < 57) return mutated(step1Message(doc), state.slice(0, 50), dice)
  if (how < 59) return withLyingLength(state.slice(0, 200), dice)
  if (how < 61) return randomBytes(dice, 60)
  const good = goodUpdate(doc, dice)
  if (how < 76) return mutated(updateMessage(good), step1Message(doc), dice)
  if (how < 89) return messageOf(mutated(good, state.slice(0, 200), dice), dice)
  if (how < 91) return step2MessageOf(mutated(state, good, dice))
  return messageOf(good, dice)
}

function messageOf(update: Uint8Array, dice: Dice): Uint8Array {
  return dice.chance(0.85) ? updateMessage(update) : step2MessageOf(update)
}

/** A message whose update claims another length than it has. */
function withLyingLength(update: Uint8Array, dice: Dice): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, 0)
    encoding.writeVarUint(out, dice.int(0, 3))
    encoding.writeVarUint(out, dice.pick([0, 1, update.length - 1, update.length + 1, 2 ** 31, 2 ** 52]))
    encoding.writeUint8Array(out, update)
  })
}

/** More than a page, or a canvas, may hold. */
function bulk(doc: Y.Doc, dice: Dice): Uint8Array {
  return updateOf(doc, () => {
    const page = currentPage(doc)
    if (!page) return
    const many = dice.pick([60, 600])
    switch (dice.int(0, 2)) {
      case 0:
        for (let i = 0; i < many; i++) putStroke(page, newId(), randomStroke(dice))
        break
      case 1:
        for (let i = 0; i < many / 5; i++) appendPage(doc, newId())
        break
      default: {
        const [first] = rawStrokes(page).keys()
        if (first === undefined) break
        for (let i = 0; i < many * 4; i++) cutStroke(page, first, `c${String(i)}`, { from: i, to: i + 0.5 })
      }
    }
  })
}

/** What an honest person's edit would send. */
function goodUpdate(doc: Y.Doc, dice: Dice): Uint8Array {
  return updateOf(doc, () => {
    const page = currentPage(doc)
    if (!page) return
    const [first] = rawStrokes(page).keys()
    switch (dice.int(0, 5)) {
      case 0:
        if (first !== undefined) moveStroke(page, first, { dx: dice.int(-50, 50), dy: 3 })
        break
      case 1:
        if (first !== undefined) cutStroke(page, first, 'cut1', { from: 0, to: dice.fraction() })
        break
      case 2:
        if (first !== undefined) strokesOf(page)?.delete(first)
        break
      case 3:
        if (pagesOf(doc).length < 6) appendPage(doc, newId())
        else dropPage(doc, pageIdOf(pagesOf(doc).get(0)))
        break
      default:
        putStroke(page, newId(), randomStroke(dice))
    }
  })
}

/** Well-formed Yjs that is no canvas: foreign types, wrong parents, bad values, parts that miss what they rest on. */
function subtlyWrong(doc: Y.Doc, dice: Dice): Uint8Array {
  const page = currentPage(doc)
  const strokes = (page && strokesOf(page)) as Y.Map<unknown> | null
  const value = dice.pick<() => unknown>([
    () => new Y.Text('hello'),
    () => new Y.Array(),
    () => new Y.Map([['deep', new Y.Map([['deeper', new Y.Map()]])]]),
    () => new Y.XmlElement('div'),
    () => new Y.Doc(),
    () => 'x'.repeat(dice.pick([1, 65, 100_000])),
    () => dice.pick([0, 1e300, NaN, null, true]),
    () => ({ a: [1, 2, { b: 'c' }] }),
    () => randomBytes(dice, 200),
    () => new Uint8Array(60_000),
  ])()
  switch (dice.int(0, 9)) {
    case 0:
      return updateOf(doc, () => strokes?.set(newId(), value))
    case 1:
      return updateOf(doc, () => page?.set(dice.pick(['id', 'strokes', '__proto__', 'x'.repeat(300)]), value))
    case 2:
      return updateOf(doc, () =>
        (pagesOf(doc) as Y.Array<unknown>).insert(dice.int(0, pagesOf(doc).length), [value]),
      )
    case 3:
      return updateOf(doc, () => doc.getMap(dice.pick(['other', '__proto__', ''])).set('a', value))
    case 4:
      return updateOf(new Y.Doc(), (foreign) => foreign.getText('pages').insert(0, 'abc', { bold: true }))
    case 5: {
      // The end of a longer story: what it rests on never comes.
      const before = Y.encodeStateVector(doc)
      updateOf(doc, () => page && putStroke(page, newId(), randomStroke(dice)))
      const middle = Y.encodeStateVector(doc)
      updateOf(doc, () => page && putStroke(page, newId(), randomStroke(dice)))
      return Y.encodeStateAsUpdate(doc, dice.chance(0.7) ? middle : before)
    }
    case 6:
      return updateOf(doc, () => strokes?.set(`${newId()}.${dice.pick(['at', 'cut', 'a.b', ''])}`, value))
    case 7: {
      const someoneElse = [...doc.store.clients.keys()][0]
      if (someoneElse !== undefined) doc.clientID = someoneElse
      return updateOf(doc, () => page && putStroke(page, newId(), randomStroke(dice)))
    }
    case 8:
      return hugeCounts(dice)
    default:
      return Y.encodeStateAsUpdateV2(doc)
  }
}

/** An update that announces structs or erasures by the million. */
function hugeCounts(dice: Dice): Uint8Array {
  return encoding.encode((out) => {
    const client = dice.int(1, 2 ** 31 - 1)
    encoding.writeVarUint(out, dice.pick([0, 1, 2 ** 31]))
    encoding.writeVarUint(out, dice.pick([1, 2 ** 40]))
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, dice.pick([0, 2 ** 50]))
    encoding.writeVarUint(out, dice.pick([0, 10]))
    encoding.writeVarUint(out, dice.pick([1, 2 ** 45]))
    encoding.writeVarUint(out, 1)
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, 1)
    encoding.writeVarUint(out, 0)
    encoding.writeVarUint(out, 2 ** 45)
  })
}

function updateOf(doc: Y.Doc, change: (doc: Y.Doc) => void): Uint8Array {
  const before = Y.encodeStateVector(doc)
  doc.transact(() => change(doc))
  return Y.encodeStateAsUpdate(doc, before)
}
