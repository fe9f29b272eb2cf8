import type { MemberRecord, UserRecord } from '../records.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { numberOf, textOf, type Row, type Sql } from './sql.ts'

type PeopleOperations = Pick<
  StoreOperations,
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

export function peopleOperations(sql: Sql): PeopleOperations {
  return {
    getMeta: (key) => readMeta(sql, key),
    putMeta(key, value) {
      sql.run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING', key, value)
      return readMeta(sql, key) ?? value
    },

    putUser(user) {
      sql.run(
        `INSERT INTO users (id, name, animal, pen, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, animal = excluded.animal, pen = excluded.pen`,
        user.id,
        user.name,
        user.animal,
        user.pen,
        user.createdAt,
      )
    },
    getUser: (id) => readUser(sql, id),
    getUsers: (ids) => [...new Set(ids)].map((id) => readUser(sql, id)).filter((user) => user !== null),

    putMember: (member) => writeMember(sql, member),
    getMember(projectId, userId) {
      const row = sql.get('SELECT * FROM members WHERE project_id = ? AND user_id = ?', projectId, userId)
      return row && toMember(row)
    },
    listMembers: (projectId) =>
      sql
        .all('SELECT * FROM members WHERE project_id = ? ORDER BY joined_at, user_id', projectId)
        .map(toMember),
    removeMember(projectId, userId) {
      sql.run('DELETE FROM members WHERE project_id = ? AND user_id = ?', projectId, userId)
    },
  }
}

export function writeMember(sql: Sql, member: MemberRecord): void {
  sql.run(
    `INSERT INTO members (project_id, user_id, role, joined_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at`,
    member.projectId,
    member.userId,
    member.role,
    member.joinedAt,
  )
}

function readMeta(sql: Sql, key: string): string | null {
  const row = sql.get('SELECT value FROM meta WHERE key = ?', key)
  return row && textOf(row, 'value')
}

function readUser(sql: Sql, id: string): UserRecord | null {
  const row = sql.get('SELECT * FROM users WHERE id = ?', id)
  return row && toUser(row)
}

export function toUser(row: Row): UserRecord {
  return {
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    animal: textOf(row, 'animal') as UserRecord['animal'],
    pen: numberOf(row, 'pen'),
    createdAt: numberOf(row, 'created_at'),
  }
}

export function toMember(row: Row): MemberRecord {
  return {
    projectId: textOf(row, 'project_id'),
    userId: textOf(row, 'user_id'),
    role: textOf(row, 'role') as MemberRecord['role'],
    joinedAt: numberOf(row, 'joined_at'),
  }
}
