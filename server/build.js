import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'dist/.stamp')
const lockFolder = join(root, 'dist/.building')
/** A build takes seconds: a lock older than this, in ms, was left behind. */
const LOCK_MOST_MS = 180_000
const LOCK_LOOK_MS = 200
const STARTER = join(root, 'server/learning/starter')

/** What each part is built from. */
const parts = {
  client: {
    sources: ['client', 'shared', 'package-lock.json'],
    made: 'dist/client/index.html',
    build: buildClient,
  },
  server: { sources: ['server', 'shared', 'package.json'], made: 'dist/server/main.js', build: buildServer },
}

/**
 * Builds client and server into dist, what is up to date left as it is.
 * @param {{ always?: boolean, say?: (line: string) => void }} [options] `always`: build even what is up to date
 */
export async function build({ always = false, say = () => undefined } = {}) {
  await lock()
  try {
    await buildParts(always, say)
  } finally {
    await rm(lockFolder, { recursive: true, force: true })
  }
}

/** @param {boolean} always @param {(line: string) => void} say */
async function buildParts(always, say) {
  const stamps = await readStamps()
  for (const [name, part] of Object.entries(parts)) {
    const stamp = await stampOf(part.sources)
    if (!always && stamps[name] === stamp && (await exists(join(root, part.made)))) continue
    const from = performance.now()
    say(`Building the ${name} …`)
    try {
      await part.build()
    } catch (cause) {
      throw new Error(
        `The ${name} could not be built: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
        },
      )
    }
    stamps[name] = stamp
    await writeFile(stampFile, JSON.stringify(stamps))
    say(`Built the ${name} in ${((performance.now() - from) / 1000).toFixed(1)} s`)
  }
}

async function buildClient() {
  await buildWith('client/vite.config.ts')
  await compressAll(join(root, 'dist/client'))
}

async function buildServer() {
  await buildWith('server/vite.config.ts')
  const models = (await readdir(STARTER)).filter((file) => file.endsWith('.bin'))
  for (const file of models) await copyFile(join(STARTER, file), join(root, 'dist/server', file))
}

/** Two that start at once do not write into one folder: the second waits, and finds all up to date. */
async function lock() {
  await mkdir(join(root, 'dist'), { recursive: true })
  for (;;) {
    try {
      await mkdir(lockFolder)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const since = await stat(lockFolder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    )
    if (Date.now() - since > LOCK_MOST_MS) await rm(lockFolder, { recursive: true, force: true })
    else await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS))
  }
}

/** @param {string} configFile */
async function buildWith(configFile) {
  const vite = await import('vite')
  await vite.build({ configFile: join(root, configFile), logLevel: 'warn' })
}

/**
 * Puts a gzip and a brotli form beside each text file, so that none is compressed while serving.
 * @param {string} folder
 */
async function compressAll(folder) {
  const texts = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest'])
  for (const file of await filesUnder(folder)) {
    if (!texts.has(extname(file))) continue
    const bytes = await readFile(file)
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, quality))
  }
}

/**
 * A digest of all bytes that a part is built from, and of the Node that builds it.
 * @param {readonly string[]} sources
 */
async function stampOf(sources) {
  const hash = createHash('sha256').update(process.version)
  for (const source of sources) {
    const path = join(root, source)
    const files = extname(path) === '' ? await filesUnder(path) : [path]
    for (const file of files)
      hash
        .update(relative(root, file))
        .update('\0')
        .update(await readFile(file))
  }
  return hash.digest('hex')
}

/** @param {string} folder @returns {Promise<string[]>} */
async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** @returns {Promise<Record<string, string>>} */
async function readStamps() {
  try {
    return JSON.parse(await readFile(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

/** @param {string} file */
async function exists(file) {
  try {
    await readFile(file)
    return true
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build({
    always: !process.argv.includes('--changed'),
    say: (line) => process.stdout.write(`${line}\n`),
  })
}
