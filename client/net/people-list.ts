import { computed, shallowReactive, type ShallowRef } from 'vue'
import type { Person, User } from '../../shared/protocol/entities.ts'
import { shownNames, type SayAnimal } from './shown-names.ts'

/**
 * The people of a room as they are shown: who may not be named here goes by an animal, oneself always by one's own
 * name.
 */
export function createPeopleList(me: ShallowRef<User | null>) {
  const people = shallowReactive(new Map<string, Person>())
  const told = new Map<string, Person>()
  const order = new Map<string, number>()
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

  return {
    people,
    peopleHere,
    /** What somebody is called on this page; null for somebody unknown. */
    nameOf: (userId: string): string | null => people.get(userId)?.name ?? null,
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
