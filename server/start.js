import { existsSync } from 'node:fs'

const LEAST_NODE = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  fail(`Trainboard needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`)
}
if (!existsSync(new URL('../node_modules/fastify', import.meta.url))) {
  fail('The packages are not installed yet: run `npm ci` first.')
}

try {
  const { build } = await import('./build.js')
  await build({ say: (line) => process.stdout.write(`${line}\n`) })
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
// In this very process, so that signals arrive.
await import(new URL('../dist/server/main.js', import.meta.url).href)

/** @param {string} line @returns {never} */
function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}
