import { existsSync } from 'node:fs'

const LEAST_NODE = [20, 19]
/** Programs beside the server, by the first word after this file. */
const PROGRAMS = ['backup', 'restore', 'setup-tensorflow']

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  fail(`Trainboard needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`)
}
if (!existsSync(new URL('../node_modules/fastify', import.meta.url))) {
  fail('The packages are not installed yet: run `npm ci` first.')
}

const program = PROGRAMS.find((name) => name === process.argv[2])
const made = new URL(`../dist/server/${program ?? 'main'}.js`, import.meta.url)

// A server may be running from the build that is there: a program beside it leaves that as it is.
if (program === undefined || !existsSync(made)) {
  try {
    const { build } = await import('./build.js')
    const out = program === undefined ? process.stdout : process.stderr
    await build({ say: (line) => out.write(`${line}\n`) })
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}
// In this very process, so that signals arrive.
await import(made.href)

/** @param {string} line @returns {never} */
function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}
