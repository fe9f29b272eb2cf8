import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowReactive, shallowRef, type EffectScope } from 'vue'
import { newsFor } from '../../../client/app/room/news-for.ts'
import { useLead } from '../../../client/features/hand/use-lead.ts'
import { createPeopleList } from '../../../client/net/people-list.ts'
import { restingHand } from '../../../client/net/resting-hand.ts'
import { mayDraw, mayLabel, maySort, restOf } from '../../../client/net/rights.ts'
import { shownNames } from '../../../client/net/shown-names.ts'
import type { Activity, Animal, Hand, Person, User } from '../../../shared/protocol/entities.ts'

function person(id: string, name: string, animal: Animal, more: Partial<Person> = {}): Person {
  return { id, name, animal, pen: 1, role: 'editor', online: true, idle: false, canvasId: null, ...more }
}
const say = (animal: Animal, place: number): string => (place === 1 ? animal : `${animal} ${place}`)

describe('people whose names are hidden', () => {
  it('[UI-HAND-1] go by their animals, numbered by who came first, whoever leaves', () => {
    const people = [person('a', '', 'owl'), person('b', '', 'bee'), person('c', '', 'owl')]
    const order = new Map(people.map(({ id }, place) => [id, place]))
    expect([...shownNames(people.toReversed(), order, say).entries()].sort()).toEqual([
      ['a', 'owl'],
      ['b', 'bee'],
      ['c', 'owl 2'],
    ])
    const list = createPeopleList(shallowRef<User | null>(null))
    list.sayAnimals(say)
    list.refill(people)
    list.setPeople([person('a', '', 'owl', { online: false })])
    expect(list.nameOf('c')).toBe('owl 2')
  })

  it('[UI-HAND-1] are named again when names come, and oneself is never hidden', () => {
    const me = shallowRef<User | null>({ id: 'c', name: 'Mia', animal: 'owl', pen: 2 })
    const list = createPeopleList(me)
    list.sayAnimals(say)
    list.refill([person('a', '', 'owl'), person('c', '', 'owl')])
    expect([list.nameOf('a'), list.nameOf('c')]).toEqual(['owl', 'Mia'])
    list.setPeople([person('c', 'Mia Maria', 'owl')])
    list.setPeople([person('c', '', 'owl', { idle: true })])
    expect([list.nameOf('c'), me.value?.name]).toEqual(['Mia Maria', 'Mia Maria'])
    list.setPeople([person('a', 'Ada', 'owl')])
    expect(list.nameOf('a')).toBe('Ada')
  })

  it('[UI-HAND-8] who left or only knocked is named on, until names are hidden', () => {
    const list = createPeopleList(shallowRef<User | null>(null))
    list.refill([person('a', 'Ada', 'owl'), person('b', '', 'bee')])
    list.rememberAll([{ id: 'z', name: 'Zoe', animal: 'crab', pen: 3 }])
    list.drop('a')
    list.drop('b')
    expect([list.people.size, ...['a', 'b', 'z'].map(list.nameOf)]).toEqual([0, 'Ada', null, 'Zoe'])
    list.forgetGone()
    expect([list.nameOf('a'), list.nameOf('z')]).toEqual([null, null])
  })

  it('[UI-HAND-8] only so many who are gone are remembered', () => {
    const list = createPeopleList(shallowRef<User | null>(null))
    for (let i = 0; i <= 100; i++) list.rememberAll([{ id: `p${i}`, name: 'Zoe', animal: 'crab', pen: 3 }])
    expect([list.nameOf('p0'), list.nameOf('p1'), list.nameOf('p100')]).toEqual([null, 'Zoe', 'Zoe'])
  })
})

describe('what the hand allows', () => {
  const settings = { editorsMayManage: false, ownCanvasOpenTo: 'all' } as const
  const canvas = { id: 'c1', generation: 0, ownerId: 'mia', name: 'Mia', openTo: 'all' } as const
  const mia = { userId: 'mia', role: 'editor', settings } as const
  const ada = { userId: 'ada', role: 'owner', settings } as const

  it('[UI-HAND-2] rests all pens but those of owners, on every page or on one', () => {
    const all = { ...restingHand, frozenAll: true }
    const one = { ...restingHand, frozenCanvasIds: ['c1'] }
    for (const hand of [all, one]) {
      expect([mayDraw(mia, canvas, hand), mayDraw(ada, canvas, hand)]).toEqual([false, true])
    }
    expect(mayDraw(mia, { ...canvas, id: 'c2' }, one)).toBe(true)
    expect([restOf(all, 'c2'), restOf(one, 'c1'), restOf(one, 'c2')]).toEqual(['all', 'page', null])
  })

  it('[UI-HAND-2] leaves labels and the pile to sort to owners while labels are locked', () => {
    const hand = { ...restingHand, labelsLocked: true }
    expect([mayLabel(mia, canvas, true, hand), mayLabel(ada, canvas, true, hand)]).toEqual([false, true])
    expect([maySort(mia, hand), maySort(ada, hand), maySort(mia, restingHand)]).toEqual([false, true, true])
    expect(mayDraw(mia, canvas, hand)).toBe(true)
  })
})

describe('a pad that goes along', () => {
  let scope: EffectScope
  afterEach(() => {
    scope.stop()
  })

  function pad(myId = 'mia') {
    const hand = shallowRef<Hand>(restingHand)
    const people = shallowReactive(new Map([['ada', person('ada', 'Ada', 'owl', { canvasId: 'a' })]]))
    const open = shallowRef<string | null>('m')
    scope = effectScope()
    const guide = scope.run(() =>
      useLead({
        hand: () => hand.value,
        people,
        myId: () => myId,
        openCanvasId: () => open.value,
        open: (id) => (open.value = id),
      }),
    )
    if (!guide) throw new Error('the scope is over')
    async function set(change: Partial<Hand>): Promise<void> {
      hand.value = { ...hand.value, ...change }
      await nextTick()
    }
    async function turn(canvasId: string): Promise<void> {
      open.value = canvasId
      await nextTick()
    }
    return { guide, open, people, set, turn }
  }

  it('[UI-HAND-3] opens the page in the spotlight and knows the way back when it ends', async () => {
    const { guide, open, set, turn } = pad()
    await set({ spotlight: 's' })
    expect([open.value, guide.along.value]).toEqual(['s', true])
    await turn('x')
    expect(guide.along.value).toBe(false)
    guide.goAlong()
    await nextTick()
    expect(open.value).toBe('s')
    await set({ spotlight: null })
    expect([open.value, guide.back.value]).toEqual(['s', 'm'])
    guide.goBack()
    await nextTick()
    expect([open.value, guide.back.value]).toEqual(['m', null])
  })

  it('[UI-HAND-3] opens what the leader opens until one stops or goes elsewhere by oneself', async () => {
    const { guide, open, people, set, turn } = pad()
    const leaderOpens = async (canvasId: string): Promise<void> => {
      people.set('ada', person('ada', 'Ada', 'owl', { canvasId }))
      await nextTick()
    }
    await set({ followUserId: 'ada' })
    expect(open.value).toBe('a')
    await leaderOpens('b')
    expect([open.value, guide.along.value]).toEqual(['b', true])
    await turn('m')
    await leaderOpens('c')
    expect([open.value, guide.along.value]).toEqual(['m', false])
    guide.goAlong()
    await nextTick()
    expect(open.value).toBe('c')
    guide.stopGoing()
    await leaderOpens('d')
    expect(open.value).toBe('c')
    await set({ followUserId: null })
    expect(guide.back.value).toBeNull()
  })

  it('[UI-HAND-3] leaves the leader alone, and goes along on coming in late', async () => {
    const leader = pad('ada')
    await leader.set({ followUserId: 'ada' })
    expect([leader.open.value, leader.guide.leading.value]).toEqual(['m', true])
    scope.stop()

    const late = pad()
    late.open.value = null
    await late.set({ spotlight: 's' })
    await late.turn('m')
    expect([late.open.value, late.guide.along.value]).toEqual(['s', true])
    await late.set({ spotlight: null })
    expect(late.guide.back.value).toBe('m')
  })
})

describe('news', () => {
  const entry: Activity = {
    id: 'e1',
    at: 0,
    kind: 'drawing-removed',
    byUserId: 'ada',
    userId: null,
    canvasId: 'c1',
    drawingId: 'd1',
    what: null,
  }
  const me = { myId: 'mia', myCanvasId: 'c1' }

  it('[UI-HAND-4] tell somebody what others did to their page or role, and nothing else', () => {
    expect(newsFor(entry, me)?.key).toBe('hand.news.removed')
    expect(newsFor({ ...entry, canvasId: 'c2' }, me)).toBeNull()
    expect(newsFor({ ...entry, byUserId: 'mia' }, me)).toBeNull()
    const role: Activity = { ...entry, kind: 'role-changed', userId: 'mia', canvasId: null, what: 'viewer' }
    expect(newsFor(role, me)?.key).toBe('hand.news.roleViewer')
    expect(newsFor({ ...role, userId: 'leo' }, me)).toBeNull()
    expect(newsFor({ ...entry, kind: 'frozen', canvasId: null }, me)).toBeNull()
  })
})

it('[UI-HAND-1] somebody who changed is told of once', () => {
  const list = createPeopleList(shallowRef<User | null>(null))
  list.refill([person('a', 'Ada', 'owl'), person('b', 'Ben', 'bee')])
  const before = list.people.get('b')
  const set = vi.spyOn(list.people, 'set')
  list.setPeople([person('a', 'Ada', 'owl', { idle: true })])
  expect(set).not.toHaveBeenCalledWith('b', expect.anything())
  expect(list.people.get('b')).toBe(before)
  expect(list.people.get('a')?.idle).toBe(true)
})
