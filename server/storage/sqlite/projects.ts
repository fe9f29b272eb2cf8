import { trainingSettingsSchema } from '../../../shared/training/settings.ts'
import type { CodeRecord, ProjectRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import { writeClass } from './classes.ts'
import { deleteProject } from './deletions.ts'
import { writeMember } from './people.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { limited } from '../limited.ts'
import { flagOf, jsonOf, numberOf, parsedOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'

type ProjectOperations = Pick<
  StoreOperations,
  | 'createProject'
  | 'getProject'
  | 'updateProject'
  | 'deleteProject'
  | 'listProjectsOf'
  | 'findCode'
  | 'listCodes'
  | 'putCode'
>

const MOST_PROJECTS = 1_000

export function projectOperations(sql: Sql): ProjectOperations {
  return {
    createProject(project, classes, owner, codes) {
      if (readProject(sql, project.id)) {
        throw new StoreError('conflict', `there is a project ${project.id} already`)
      }
      insertProject(sql, project)
      for (const record of classes) writeClass(sql, record)
      writeMember(sql, owner)
      for (const code of codes) writeCode(sql, code)
    },
    getProject: (id) => readProject(sql, id),
    updateProject(id, change) {
      const project = readProject(sql, id)
      if (!project) throw new StoreError('not-found', `no project ${id}`)
      const changed = { ...project, ...change }
      sql.run(
        `UPDATE projects SET name = ?, settings = ?, training = ?, training_paused = ?, owner_link_hash = ?, hand = ? WHERE id = ?`,
        changed.name,
        JSON.stringify(changed.settings),
        JSON.stringify(changed.training),
        Number(changed.trainingPaused),
        changed.ownerLinkHash,
        JSON.stringify(changed.hand),
        id,
      )
      return changed
    },
    deleteProject: (projectId) => deleteProject(sql, projectId),
    listProjectsOf: (userId, limit) =>
      sql
        .all(
          `SELECT projects.*, members.role FROM members JOIN projects ON projects.id = members.project_id
           WHERE members.user_id = ? ORDER BY members.joined_at DESC, members.project_id LIMIT ?`,
          userId,
          limited(limit, MOST_PROJECTS),
        )
        .map((row) => ({
          project: toProject(row),
          role: textOf(row, 'role') as 'viewer' | 'editor' | 'owner',
        })),

    findCode: (code) => readCode(sql, code),
    listCodes: (projectId) =>
      sql.all('SELECT * FROM codes WHERE project_id = ? ORDER BY role', projectId).map(toCode),
    putCode: (code) => writeCode(sql, code),
  }
}

export function insertProject(sql: Sql, project: ProjectRecord): void {
  sql.run(
    `INSERT INTO projects (id, name, template, created_at, settings, training, training_paused, owner_link_hash, hand)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    project.name,
    project.template,
    project.createdAt,
    JSON.stringify(project.settings),
    JSON.stringify(project.training),
    Number(project.trainingPaused),
    project.ownerLinkHash,
    JSON.stringify(project.hand),
  )
}

function writeCode(sql: Sql, code: CodeRecord): void {
  const taken = readCode(sql, code.code)
  if (taken && (taken.projectId !== code.projectId || taken.role !== code.role)) {
    throw new StoreError('conflict', 'the join code is taken')
  }
  sql.run('DELETE FROM codes WHERE project_id = ? AND role = ?', code.projectId, code.role)
  sql.run(
    'INSERT INTO codes (code, project_id, role, active, used_at) VALUES (?, ?, ?, ?, ?)',
    code.code,
    code.projectId,
    code.role,
    Number(code.active),
    code.usedAt,
  )
}

function readProject(sql: Sql, id: string): ProjectRecord | null {
  const row = sql.get('SELECT * FROM projects WHERE id = ?', id)
  return row && toProject(row)
}

function readCode(sql: Sql, code: string): CodeRecord | null {
  const row = sql.get('SELECT * FROM codes WHERE code = ?', code)
  return row && toCode(row)
}

export function toProject(row: Row): ProjectRecord {
  return {
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    template: textOf(row, 'template') as ProjectRecord['template'],
    createdAt: numberOf(row, 'created_at'),
    settings: jsonOf(row, 'settings'),
    training: parsedOf(row, 'training', trainingSettingsSchema),
    trainingPaused: flagOf(row, 'training_paused'),
    ownerLinkHash: textOrNull(row, 'owner_link_hash'),
    hand: jsonOf(row, 'hand'),
  }
}

export function toCode(row: Row): CodeRecord {
  return {
    code: textOf(row, 'code'),
    projectId: textOf(row, 'project_id'),
    role: textOf(row, 'role') as CodeRecord['role'],
    active: flagOf(row, 'active'),
    usedAt: numberOf(row, 'used_at'),
  }
}
