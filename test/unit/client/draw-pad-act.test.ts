import { expect, it } from 'vitest'
import { PadAct, type ActKind } from '../../../client/features/draw/pad-act.ts'
import type { PadModel } from '../../../client/features/draw/pad-model.ts'

/** A pad that notes what is done to it. */
function notedPad(name: string, notes: string[]): PadModel {
  const note = (what: string) => (): boolean => {
    if (notes.at(-1) !== `${name} ${what}`) notes.push(`${name} ${what}`)
    return true
  }
  const model: Partial<PadModel> = {
    edits: null,
    beginStroke: note('begins'),
    extendStroke: note('extends'),
    commitStroke: note('commits'),
    cancelStroke: note('cancels'),
    eraseAt: note('erases'),
    endErase: note('ends'),
  }
  return model as PadModel
}
const point = (x: number) => ({ x, y: 100, time: 1, pressure: null })

const acts: readonly (readonly [ActKind, before: string, end: string])[] = [
  ['erase', 'erases', 'ends'],
  ['rub', 'erases', 'ends'],
  ['draw', 'begins', 'commits'],
]
for (const [kind, before, end] of acts) {
  it(`[DRAW-15] to ${kind} ends where it began when another page is opened under it`, () => {
    const notes: string[] = []
    const [first, second] = [notedPad('first', notes), notedPad('second', notes)]
    let shown = first
    const act = new PadAct(() => shown)
    act.begin(kind, point(100), 10)
    expect(act.kind).not.toBeNull()
    shown = second
    act.go([point(300)], 10)
    act.go([point(500)], 10)
    act.end(true)
    expect(notes).toEqual([`first ${before}`, `first ${end}`])
    act.begin(kind, point(100), 10)
    expect(notes.at(-1)).toBe(`second ${before}`)
  })
}
