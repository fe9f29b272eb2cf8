import * as z from 'zod'
import { animals, roleSchema } from '../../../shared/protocol/entities.ts'
import type { MemberRecord, UserRecord } from '../records.ts'
import type { StoredDocument } from './collections.ts'
import { read } from './documents.ts'
import type { MongoContext } from './fence.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { requireProject } from './project-documents.ts'
import { insertNew, put, remove } from './writes.ts'

type PeopleOperations = Pick<
  MongoOperations,
  | 'getMeta'
  | 'putMeta'
  | 'putUser'
  | 'getUser'
  | 'getUsers'
  | 'putMember'
  | 'getMember'
  | 'listMembers'
  | 'removeMember'
>

const metaSchema = z.object({ value: z.string() })
const userSchema = z.object({
  _id: z.string(),
  name: z.string(),
  animal: z.enum(animals),
  pen: z.number(),
  createdAt: z.number(),
})
const memberSchema = z.object({
  projectId: z.string(),
  userId: z.string(),
  role: roleSchema,
  joinedAt: z.number(),
})

export function peopleOperations(context: MongoContext): PeopleOperations {
  return {
    getMeta: (key) => readMeta(context, key),
    async putMeta(key, value) {
      if (await insertNew(context, 'meta', { _id: key, value })) return value
      return (await readMeta(context, key)) ?? value
    },

    putUser: ({ id, createdAt, ...user }) => put(context, 'users', { _id: id, ...user, createdAt }, user),
    getUser: (id) => readUser(context, id),
    async getUsers(ids) {
      const users = await Promise.all([...new Set(ids)].map((id) => readUser(context, id)))
      return users.filter((user) => user !== null)
    },

    async putMember(member) {
      await requireProject(context, member.projectId)
      await writeMember(context, member)
    },
    async getMember(projectId, userId) {
      const document = await context.collection('members').findOne({ _id: memberId(projectId, userId) })
      return document && toMember(document)
    },
    async listMembers(projectId) {
      const documents = await context
        .collection('members')
        .find({ projectId })
        .sort({ joinedAt: 1, userId: 1 })
        .toArray()
      return documents.map(toMember)
    },
    async removeMember(projectId, userId) {
      await remove(context, 'members', { _id: memberId(projectId, userId) })
    },
  }
}

export function writeMember(context: MongoContext, member: MemberRecord): Promise<void> {
  const { projectId, userId, role, joinedAt } = member
  return put(context, 'members', memberDocument(member), { projectId, userId, role, joinedAt })
}

export function memberDocument({ projectId, userId, role, joinedAt }: MemberRecord): StoredDocument {
  return { _id: memberId(projectId, userId), projectId, userId, role, joinedAt }
}

export function toMember(document: unknown): MemberRecord {
  return read(memberSchema, document, 'member')
}

export function toUser(document: unknown): UserRecord {
  const { _id, ...user } = read(userSchema, document, 'person')
  return { id: _id, ...user }
}

export function toMeta(document: unknown): string {
  return read(metaSchema, document, 'single value').value
}

function memberId(projectId: string, userId: string): string {
  return `${projectId}:${userId}`
}

async function readMeta(context: MongoContext, key: string): Promise<string | null> {
  const document = await context.collection('meta').findOne({ _id: key })
  return document && toMeta(document)
}

async function readUser(context: MongoContext, id: string): Promise<UserRecord | null> {
  const document = await context.collection('users').findOne({ _id: id })
  return document && toUser(document)
}
