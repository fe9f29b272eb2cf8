import type { Animal, Person } from '../../shared/protocol/entities.ts'

/** The word for an animal; `place` tells those apart that share one, from 1. */
export type SayAnimal = (animal: Animal, place: number) => string

/**
 * What each person is called on this page: by name, or by the animal while names are hidden. The places among people
 * of one animal go by `order`, so that all pages say the same and nobody is called anew when others leave.
 */
export function shownNames(
  people: Iterable<Person>,
  order: ReadonlyMap<string, number>,
  say: SayAnimal,
): Map<string, string> {
  const placed = [...people].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
  const places = new Map<Animal, number>()
  return new Map(
    placed.map(({ id, name, animal }) => {
      const place = (places.get(animal) ?? 0) + 1
      places.set(animal, place)
      return [id, name === '' ? say(animal, place) : name]
    }),
  )
}
