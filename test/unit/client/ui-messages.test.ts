import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const client = fileURLToPath(new URL('../../../client', import.meta.url))
const folder = join(client, 'app/messages/en')

it('[UI-5] every message that the client names exists', async () => {
  const messages = new Set<string>()
  for (const file of readdirSync(folder)) {
    const module: unknown = await import(join(folder, file))
    collect(module, '', messages)
  }
  const missing = sourceFiles().flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/(?:\bt\(|keypath=)['"]([a-z][\w-]*(?:\.[\w-]+)+)['"]/gu)]
      .map(([, key]) => key ?? '')
      .filter((key) => !messages.has(key))
      .map((key) => `${path.slice(client.length)}: ${key}`),
  )
  expect(missing).toEqual([])
})

function sourceFiles(): string[] {
  return readdirSync(client, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(vue|ts)$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

function collect(value: unknown, path: string, into: Set<string>): void {
  if (typeof value === 'string') into.add(path)
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) collect(inner, path ? `${path}.${key}` : key, into)
}
