import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { backendNames } from './learning/backend/backend.ts'

const backends = ['auto', ...backendNames] as const
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Everything the environment and the command line decide, parsed once and frozen. */
export interface Config {
  /** 0 lets the system choose. */
  readonly port: number
  readonly host: string
  /** Whether other devices of the local network are meant to come in. */
  readonly lan: boolean
  /** Absolute. */
  readonly dataDir: string
  /** Where MNIST's files are, for rooms of digits that train on them too; absolute, null for none. */
  readonly dataFolder: string | null
  /** The MongoDB database that holds the data, with its password; null: SQLite in `dataDir` does. */
  readonly mongodbUrl: string | null
  /** Days for which predictions are kept; 0 keeps them for ever. */
  readonly keepPredictionsDays: number
  /** Null: one is made and kept in the store. */
  readonly sessionSecret: string | null
  readonly publicUrl: URL | null
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly backend: (typeof backends)[number]
  readonly logLevel: (typeof logLevels)[number]
  readonly metricsToken: string | null
  /** Most time a stop may take, in ms. */
  readonly stopWithinMs: number
}

/** The configuration is wrong; `faults` holds one line for each thing that is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length === 1 ? 'a fault' : `${String(faults.length)} faults`}:
${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${String(least)} to ${String(most)}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${String(least)} to ${String(most)}`)

const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http or https address',
  )
  .transform((text) => new URL(text))

/** The driver checks the rest; what is wrong is told without the address, which may hold a password. */
const mongodbUrl = z
  .string()
  .max(4_096)
  .regex(
    /^mongodb(\+srv)?:\/\/(\S*@)?[^\s/@?,:]+(:\d{1,5})?(,[^\s/@?,:]+(:\d{1,5})?)*(\/[^\s/\\."$*<>|]{0,63})?(\?\S*)?$/,
    'must be an address like mongodb://host:27017/trainboard',
  )

const notYet = (why: string) => z.undefined({ error: why }).optional()

const environmentSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(3_000),
  HOST: z
    .string()
    .max(255)
    .regex(/^[0-9A-Za-z.:_-]+$/, 'must be an address or a host name')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  DATA_FOLDER: z.string().optional(),
  SESSION_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  PUBLIC_URL: httpUrl.optional(),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  MONGODB_URL: mongodbUrl.optional(),
  KEEP_PREDICTIONS_DAYS: wholeNumber(0, 3_650).default(30),
  REDIS_URL: notYet('is not supported in this version, which runs as one process'),
  TRAINBOARD_BACKEND: z.enum(backends, `must be one of ${backends.join(', ')}`).default('auto'),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  STOP_WITHIN_MS: wholeNumber(1_000, 120_000).default(10_000),
})

/**
 * Reads the environment and the words after `npm start --`; an empty variable counts as unset.
 * @throws ConfigError listing all faults together
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  words: readonly string[],
  readText: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const { lan, dataFolder, faults } = readWords(words)
  const parsed = environmentSchema.safeParse(
    Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
    ),
  )
  if (!parsed.success)
    faults.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))

  const host = environment['HOST'] ?? ''
  if (lan && !['', '0.0.0.0', '::'].includes(host))
    faults.push(`HOST: is ${host}, while --lan listens on all addresses; give one of the two`)
  const tls = readTls(environment['TLS_CERT'] ?? '', environment['TLS_KEY'] ?? '', readText, faults)
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)

  const { data } = parsed
  return Object.freeze({
    port: data.PORT,
    host: data.HOST ?? (lan ? '0.0.0.0' : '127.0.0.1'),
    lan,
    dataDir: resolve(data.DATA_DIR),
    dataFolder: folderOf(dataFolder ?? data.DATA_FOLDER),
    mongodbUrl: data.MONGODB_URL ?? null,
    keepPredictionsDays: data.KEEP_PREDICTIONS_DAYS,
    sessionSecret: data.SESSION_SECRET ?? null,
    publicUrl: data.PUBLIC_URL ?? null,
    tls,
    backend: data.TRAINBOARD_BACKEND,
    logLevel: data.LOG_LEVEL,
    metricsToken: data.METRICS_TOKEN ?? null,
    stopWithinMs: data.STOP_WITHIN_MS,
  })
}

function readWords(words: readonly string[]): {
  lan: boolean
  dataFolder: string | undefined
  faults: string[]
} {
  const read = { lan: false, dataFolder: undefined as string | undefined, faults: [] as string[] }
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--lan') read.lan = true
    else if (word === '--data' || word.startsWith('--data=')) {
      // An option that follows is no folder: that was forgotten.
      const apart = word === '--data' && rest[0]?.startsWith('--') !== true
      read.dataFolder = apart ? rest.shift() : word.slice('--data='.length)
      if ((read.dataFolder ?? '') === '') read.faults.push('--data: names no folder')
    } else read.faults.push(`${word}: is no option; there are --lan and --data FOLDER`)
  }
  return read
}

function folderOf(path: string | undefined): string | null {
  return path === undefined ? null : resolve(path)
}

function readTls(
  cert: string,
  key: string,
  readText: (path: string) => string,
  faults: string[],
): Config['tls'] {
  if (cert === '' && key === '') return null
  if (cert === '' || key === '') {
    faults.push(cert === '' ? 'TLS_CERT: is needed beside TLS_KEY' : 'TLS_KEY: is needed beside TLS_CERT')
    return null
  }
  const read = (name: string, path: string): string => {
    try {
      return readText(path)
    } catch (error) {
      faults.push(`${name}: cannot be read: ${error instanceof Error ? error.message : path}`)
      return ''
    }
  }
  return { cert: read('TLS_CERT', cert), key: read('TLS_KEY', key) }
}
