import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  newSecret,
  readControl,
  removeControl,
  storeOf,
  writeControl,
  type Control,
} from '../../../server/backup/control-file.ts'
import { temporaryFolder } from '../../support/built-server.ts'

const dataDir = temporaryFolder()
const file = join(dataDir, 'control.json')
afterEach(() => {
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name))
})
afterAll(() => rmSync(dataDir, { recursive: true }))

const sqlite = { dataDir, mongodbUrl: null }
const mongo = { dataDir, mongodbUrl: 'mongodb://name:secret@127.0.0.1/trainboard' }

function controlOf(config: { mongodbUrl: string | null }): Control {
  const host = '127.0.0.1'
  return { host, port: 3_000, pid: process.pid, secret: newSecret(), tls: null, store: storeOf(config) }
}

describe('the word that a server leaves of itself', () => {
  it('[BACKUP-18] is for the store that it keeps its data in, and for no other', () => {
    const control = controlOf(sqlite)
    writeControl(dataDir, control)
    expect(readControl(sqlite)).toEqual(control)
    expect(readControl(mongo)).toBeNull()
    writeControl(dataDir, controlOf(mongo))
    expect(readControl(sqlite)).toBeNull()
    expect(readControl(mongo)).not.toBeNull()
    expect(readControl({ ...mongo, mongodbUrl: 'mongodb://127.0.0.1/other' })).toBeNull()
    expect(readFileSync(file, 'utf8')).not.toContain('name:secret')
  })

  it('[BACKUP-18] stays where another server left it', () => {
    const [first, second] = [controlOf(sqlite), controlOf(mongo)]
    writeControl(dataDir, first)
    writeControl(dataDir, second)
    removeControl(dataDir, first.secret)
    expect(readControl(mongo)).toEqual(second)
    removeControl(dataDir, second.secret)
    expect(existsSync(file)).toBe(false)
    removeControl(dataDir, second.secret)
  })

  it('[BACKUP-16] is its own file for its user alone, whatever lay there', () => {
    writeControl(dataDir, controlOf(sqlite))
    const elsewhere = join(dataDir, 'elsewhere')
    writeFileSync(elsewhere, '', { mode: 0o644 })
    rmSync(file)
    symlinkSync(elsewhere, file)
    writeControl(dataDir, controlOf(sqlite))
    expect(readFileSync(elsewhere, 'utf8')).toBe('')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})
