import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rights, rowOf } from '../../integration/permissions-table.ts'

const root = new URL('../../..', import.meta.url).pathname
const spec = readFileSync(join(root, 'docs/SPEC.md'), 'utf8')

/** Lines such as `- **ROOM-1** text`. */
const promised = [...spec.matchAll(/^- \*\*([A-Z0-9-]+)\*\* \S/gm)].map(([, id]) => id ?? '')

/** Titles begin with their ID in brackets; what is quoted is an ID only where letters and digits are joined by dashes. */
const quoted = new Set(
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [
      ...readFileSync(join(root, 'test', path), 'utf8').matchAll(/['"`]\[([A-Z0-9]+(?:-[A-Z0-9]+)+)\]/g),
    ])
    .map(([, id]) => id ?? ''),
)

describe('docs/SPEC.md', () => {
  test('[SPEC-1] every promised ID is quoted by a test', () => {
    expect(promised.filter((id) => !quoted.has(id))).toEqual([])
    expect(promised.length).toBeGreaterThan(0)
  })

  test('[SPEC-2] every ID a test quotes is promised, once', () => {
    expect([...quoted].filter((id) => !promised.includes(id))).toEqual([])
    expect(promised.filter((id, index) => promised.indexOf(id) !== index)).toEqual([])
  })

  test('[SPEC-3] the table of who may what is the one that the tests walk', () => {
    const rows = spec
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.replace(/ *\| */g, '|'))
    expect(rows[0]).toBe('|Right|viewer|editor|manager|owner|over|')
    expect(rows.slice(2)).toEqual(Object.values(rights).map(rowOf))
  })
})
