import { toBase64 } from '../../shared/canvas/base64.ts'
import type { ProjectCard } from '../../shared/protocol/rest.ts'
import type { Store } from '../storage/store.ts'
import { toProjectInfo } from './project-info.ts'

const MOST_CARDS = 50
const THUMBNAILS = 4

type CardStore = Pick<
  Store,
  'listProjectsOf' | 'countDrawings' | 'listClasses' | 'listAccuracy' | 'listSamples'
>

/** A person's projects as the home page shows them, the newest joined first. */
export async function projectCards(
  store: CardStore,
  userId: string,
  peopleHere: (projectId: string) => number,
): Promise<ProjectCard[]> {
  const mine = await store.listProjectsOf(userId, MOST_CARDS)
  return Promise.all(
    mine.map(async ({ project, role }) => {
      const [counts, classes, accuracy, samples] = await Promise.all([
        store.countDrawings(project.id),
        store.listClasses(project.id),
        store.listAccuracy(project.id, 1),
        store.listSamples(project.id),
      ])
      const newest = [...samples].sort((a, b) => b.at - a.at).slice(0, THUMBNAILS)
      return {
        project: toProjectInfo(project),
        role,
        drawings: counts.total,
        classes: classes.filter(({ removed }) => !removed).length,
        accuracy: accuracy.at(-1)?.share ?? null,
        peopleHere: peopleHere(project.id),
        thumbnails: newest.map(({ strokes }) => strokes.map(({ bytes }) => toBase64(bytes))),
      }
    }),
  )
}
