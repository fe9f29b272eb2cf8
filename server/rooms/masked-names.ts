import type { CanvasInfo, Person } from '../../shared/protocol/entities.ts'

/** People as somebody sees them from whom names are hidden; null sees nobody's, not even a name of their own. */
export function maskPeople(people: readonly Person[], viewerUserId: string | null): readonly Person[] {
  return people.map((person) => (person.id === viewerUserId ? person : { ...person, name: '' }))
}

/** Canvases likewise: people's own ones bear their names, shared ones a name that belongs to nobody. */
export function maskCanvases(
  canvases: readonly CanvasInfo[],
  viewerUserId: string | null,
): readonly CanvasInfo[] {
  return canvases.map((canvas) =>
    canvas.ownerId === null || canvas.ownerId === viewerUserId ? canvas : { ...canvas, name: '' },
  )
}
