import type { Split } from '../../../shared/protocol/entities.ts'
import type { CommandInput } from '../../../shared/protocol/payloads.ts'

/** What a drawing is used for, or that its label was taken back. */
export type Use = 'all' | Split | 'withdrawn'
/** A class's id, or one of two words that no id can be. */
export type ClassChoice = 'any-class' | 'to-sort' | (string & {})
export type PersonChoice = 'any-person' | (string & {})

export interface DrawingChoice {
  readonly classId: ClassChoice
  readonly userId: PersonChoice
  readonly use: Use
}

export const everything: DrawingChoice = { classId: 'any-class', userId: 'any-person', use: 'all' }

type Query = Omit<CommandInput<'drawing:list'>, 'before' | 'limit'>

/** The choice as the server is asked for it. */
export function queryOf({ classId, userId, use }: DrawingChoice): Query {
  return {
    ...(classId === 'any-class' ? {} : { classId: classId === 'to-sort' ? null : classId }),
    ...(userId === 'any-person' ? {} : { userId }),
    ...(use === 'all' || use === 'withdrawn' ? {} : { split: use }),
    withdrawn: use === 'withdrawn',
  }
}
