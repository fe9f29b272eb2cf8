import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { drivers, type Bench } from './options.ts'

const HELPERS = new Set(['run.ts', 'options.ts', 'list.ts'])
const folder = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !HELPERS.has(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    data: { type: 'string' },
    driver: { type: 'string' },
  },
})
const [name, ...args] = positionals

if (name === undefined || !names.includes(name)) {
  process.stderr.write(
    `usage: npm run bench -- NAME [--json] [--quick] [--data DIR] [--driver sqlite|mongo|both]\nNAME: ${names.join(', ')}\n`,
  )
  process.exit(2)
}

const driver = drivers.find((one) => one === values.driver) ?? null
if (values.driver !== undefined && driver === null) {
  process.stderr.write(`--driver: one of ${drivers.join(', ')}\n`)
  process.exit(2)
}

const { default: bench } = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as { default: Bench }
const figures = await bench({ quick: values.quick, data: values.data ?? null, driver, args })
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
else
  for (const [key, value] of Object.entries(figures))
    process.stdout.write(`${key.padEnd(36)} ${String(value)}\n`)
// Worker threads and sockets of a benchmark may outlive it.
process.exit(0)
