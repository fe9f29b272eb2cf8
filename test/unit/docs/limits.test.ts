import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limitNames } from '../../../server/rooms/ports.ts'

test('[LIMIT-1] the limits that are counted are those of docs/PROTOCOL.md, each with a number or a reason and an error', () => {
  const protocol = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8')
  const section = protocol.slice(protocol.indexOf('## Limits'), protocol.indexOf('## Errors'))
  const rows = [...section.matchAll(/^\| `([a-z-]+)` *\| *(\S.*?) *\| *(\S.*?) *\|$/gm)].map(
    ([, name]) => name,
  )
  expect([...rows].sort()).toEqual([...limitNames].sort())
})
