import type { CollectionName } from './collections.ts'

/** The part of JSON schema that the validators use; MongoDB's `bsonType` names the types. */
export interface DocumentSchema {
  readonly bsonType: 'object'
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, { readonly bsonType: string | readonly string[] }>>
}

const NUMBER = ['int', 'long', 'double'] as const

/** What each collection's documents name beside what all have; a mistake in a query shows in these first. */
const named: Readonly<Partial<Record<CollectionName, Readonly<Record<string, string | readonly string[]>>>>> =
  {
    projects: { classes: 'array', codes: 'array' },
    members: { projectId: 'string', userId: 'string', role: 'string' },
    canvases: { projectId: 'string' },
    drawings: { projectId: 'string', seq: NUMBER, contributorIds: 'array', withdrawn: 'bool' },
    predictions: { projectId: 'string', number: NUMBER, at: NUMBER },
    accuracy: { projectId: 'string', number: NUMBER },
    checkpoints: { projectId: 'string', number: NUMBER },
    deletions: { projectId: 'string' },
  }

/** What a document of a collection has to have, by the database's own judgement: no write goes without a fence. */
export function schemaOf(name: CollectionName): DocumentSchema {
  const types = { _id: 'string', fence: NUMBER, ...named[name] }
  return {
    bsonType: 'object',
    required: Object.keys(types),
    properties: Object.fromEntries(Object.entries(types).map(([field, bsonType]) => [field, { bsonType }])),
  }
}
