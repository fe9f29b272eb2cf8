import type { ClassRecord, CodeRecord, MemberRecord, ProjectRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import { limited } from '../limited.ts'
import { refuseTakenClass } from './classes.ts'
import { claimCode, CODES_KEY, findCode, releaseCodes } from './codes.ts'
import type { MongoContext } from './fence.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { toMember, writeMember } from './people.ts'
import { codePart, findProject, projectDocument, projectKey, requireProject } from './project-documents.ts'
import { change, insertNew } from './writes.ts'

type ProjectOperations = Pick<
  MongoOperations,
  'createProject' | 'getProject' | 'updateProject' | 'listProjectsOf' | 'findCode' | 'listCodes' | 'putCode'
>

const MOST_PROJECTS = 1_000

export function projectOperations(context: MongoContext): ProjectOperations {
  const { queue } = context
  return {
    createProject: (project, classes, owner, codes) =>
      queue.run(projectKey(project.id), () =>
        queue.run(CODES_KEY, () => createProject(context, project, classes, owner, codes)),
      ),
    getProject: async (id) => (await findProject(context, id))?.project ?? null,
    updateProject: (id, changes) =>
      queue.run(projectKey(id), async () => {
        const { project } = await requireProject(context, id)
        await change(context, 'projects', id, { $set: { ...changes } })
        return { ...project, ...changes }
      }),
    async listProjectsOf(userId, limit) {
      const documents = await context
        .collection('members')
        .find({ userId })
        .sort({ joinedAt: -1, projectId: 1 })
        .limit(limited(limit, MOST_PROJECTS))
        .toArray()
      const mine = await Promise.all(
        documents.map(toMember).map(async ({ projectId, role }) => {
          const found = await findProject(context, projectId)
          return found && { project: found.project, role }
        }),
      )
      return mine.filter((one) => one !== null)
    },

    findCode: (code) => findCode(context, code),
    async listCodes(projectId) {
      const codes = (await findProject(context, projectId))?.codes ?? []
      return codes.toSorted((a, b) => a.role.localeCompare(b.role))
    },
    putCode: (code) =>
      queue.run(projectKey(code.projectId), () => queue.run(CODES_KEY, () => putCode(context, code))),
  }
}

async function createProject(
  context: MongoContext,
  project: ProjectRecord,
  classes: readonly ClassRecord[],
  owner: MemberRecord,
  codes: readonly CodeRecord[],
): Promise<void> {
  if (await context.collection('projects').findOne({ _id: project.id }, { projection: { _id: 1 } })) {
    throw new StoreError('conflict', `there is a project ${project.id} already`)
  }
  for (const [index, record] of classes.entries()) refuseTakenClass(classes.slice(0, index), record)
  try {
    for (const code of codes) await claimCode(context, code)
    // A member of a project that never came to be is nobody's: its id is never given away again.
    await writeMember(context, owner)
    if (await insertNew(context, 'projects', projectDocument(project, classes, codes))) return
    throw new StoreError('conflict', `there is a project ${project.id} already`)
  } catch (error) {
    const isRefused = error instanceof StoreError && error.code === 'conflict'
    if (isRefused)
      await releaseCodes(
        context,
        codes.map(({ code }) => code),
      )
    throw error
  }
}

/** The project's document is the commit; the claim before it leads nowhere without it, and the old one after it. */
async function putCode(context: MongoContext, code: CodeRecord): Promise<void> {
  const { codes } = await requireProject(context, code.projectId)
  const replaced = codes.find(({ role }) => role === code.role)
  if (replaced?.code !== code.code) await claimCode(context, code)
  const kept = codes.filter(({ role }) => role !== code.role)
  await change(context, 'projects', code.projectId, { $set: { codes: [...kept, code].map(codePart) } })
  if (replaced && replaced.code !== code.code) await releaseCodes(context, [replaced.code])
}
