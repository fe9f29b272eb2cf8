import { computed, shallowReactive, type ShallowRef } from 'vue'
import type { Person, User } from '../../shared/protocol/entities.ts'
import { shownNames, type SayAnimal } from './shown-names.ts'

/** Names of people who are not on the list that are remembered. */
const MAX_GONE = 100

/**
 * The people of a room as they are shown: who may not be named here goes by an animal, oneself always by one's own
 * name.
 */
export function createPeopleList(me: ShallowRef<User | null>) {
  const people = shallowReactive(new Map<string, Person>())
  const told = new Map<string, Person>()
  const order = new Map<string, number>()
  /** What those are called who left or only knocked: what was done lately still speaks of them. */
  const gone = shallowReactive(new Map<string, string>())
  let arrivals = 0
  let say: SayAnimal = (animal, place) => (place === 1 ? animal : `${animal} ${String(place)}`)

  const peopleHere = computed(() => [...people.values()].filter((person) => person.online))

  function show(): void {
    const names = shownNames(told.values(), order, say)
    for (const [id, person] of told) {
      const name = names.get(id) ?? person.name
      const before = people.get(id)
      if (before?.name !== name || before.role !== person.role || !sameMoment(before, person)) {
        people.set(id, { ...person, name })
      }
    }
    for (const id of people.keys()) if (!told.has(id)) people.delete(id)
  }

  function take(person: Person): void {
    if (!order.has(person.id)) order.set(person.id, arrivals++)
    const self = me.value?.id === person.id ? me.value : null
    if (self && person.name !== '') me.value = { ...self, name: person.name }
    told.set(person.id, person.name === '' ? { ...person, name: self?.name ?? '' } : person)
  }

  function remember({ id, name }: User): void {
    if (name === '') return
    gone.delete(id)
    gone.set(id, name)
    const [oldest] = gone.keys()
    if (gone.size > MAX_GONE && oldest !== undefined) gone.delete(oldest)
  }

  return {
    people,
    peopleHere,
    /** What somebody is called on this page; null for somebody unknown. */
    nameOf: (userId: string): string | null => people.get(userId)?.name ?? gone.get(userId) ?? null,
    /** Those at the door are named in what becomes of them. */
    rememberAll(users: readonly User[]): void {
      users.forEach(remember)
    },
    /** Nobody who is not there is named any more. */
    forgetGone(): void {
      gone.clear()
    },
    /** The words for animals in the language of the page. */
    sayAnimals(words: SayAnimal): void {
      say = words
      show()
    },
    setPeople(changed: readonly Person[]): void {
      for (const person of changed) take(person)
      show()
    },
    refill(all: readonly Person[]): void {
      told.clear()
      order.clear()
      arrivals = 0
      for (const person of all) take(person)
      show()
    },
    drop(userId: string): void {
      const person = told.get(userId)
      if (person) remember(person)
      told.delete(userId)
      order.delete(userId)
      show()
    },
  }
}

function sameMoment(a: Person, b: Person): boolean {
  return (
    a.online === b.online &&
    a.idle === b.idle &&
    a.canvasId === b.canvasId &&
    a.animal === b.animal &&
    a.pen === b.pen
  )
}
