import { MAX_NAME } from '../../../shared/protocol/limits.ts'
import { tidyText } from '../../../shared/protocol/text.ts'

export type NameFault = 'missing' | 'too-long'

/** A typed name, tidied, and what is wrong with it. */
export function readName(typed: string, most = MAX_NAME): { name: string; fault: NameFault | null } {
  const name = tidyText(typed)
  if (name === '') return { name, fault: 'missing' }
  return { name, fault: name.length > most ? 'too-long' : null }
}
