import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand, type RunCommand } from '../../../server/tensorflow/run-command.ts'
import { setUpTensorflow, type SetupOptions } from '../../../server/tensorflow/setup.ts'
import { cudaPackages } from '../../../server/tensorflow/wheels.ts'

let root = ''
let said: string[] = []
let ran: string[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainboard-setup-'))
  said = []
  ran = []
})
afterEach(() => rm(root, { recursive: true, force: true }))

const METADATA = `Name: tensorflow
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7); extra == 'and-cuda'
`

/** Stands for pip, npm and the compiler: does to the folders what they do, unless a word of the command is refused. */
function machine(refused?: string): RunCommand {
  return async (command, words, folder) => {
    const line = [command, ...words].join(' ')
    ran.push(line)
    if (refused !== undefined && line.includes(refused)) throw new Error(`${refused} is refused`)
    if (line.includes(' pip download')) await writeFile(join(folder, `${String(ran.length)}.whl`), '')
    if (line.includes(' -m zipfile ')) {
      const site = words.at(-1) ?? ''
      await mkdir(join(site, 'tensorflow/include'), { recursive: true })
      await mkdir(join(site, 'tensorflow/python'), { recursive: true })
      await writeFile(join(site, 'tensorflow/libtensorflow_cc.so.2'), '')
      await mkdir(join(site, 'tensorflow-2.21.0.dist-info'), { recursive: true })
      await writeFile(join(site, 'tensorflow-2.21.0.dist-info/METADATA'), METADATA)
    }
    if (line.includes(' install --ignore-scripts')) {
      const home = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu')
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'binding.gyp'), "'-Wl,-rpath,\\$$ORIGIN/../../deps/lib',")
    }
    return ''
  }
}

function options(changes: Partial<SetupOptions> = {}): SetupOptions {
  return {
    root,
    gpu: false,
    again: false,
    machine: { platform: 'linux', arch: 'x64', environment: process.env },
    run: machine(),
    say: (line) => said.push(line),
    check: () => Promise.resolve('TensorFlow of a test'),
    ...changes,
  }
}

describe('setUpTensorflow', () => {
  it('[BACKEND-22] keeps the libraries and the binding, and does nothing the next time', async () => {
    await setUpTensorflow(options())
    const folder = join(root, '.tensorflow')
    expect(existsSync(join(folder, 'site/tensorflow/libtensorflow_cc.so.2'))).toBe(true)
    for (const gone of ['site/tensorflow/python', 'site/tensorflow/include', 'wheels'])
      expect(existsSync(join(folder, gone)), gone).toBe(false)
    const gyp = await readFile(join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/binding.gyp'), 'utf8')
    expect(gyp).toBe("'-Wl,-rpath,\\$$ORIGIN/../../../../../site/tensorflow',")
    expect(existsSync(join(root, '.tensorflow-making'))).toBe(false)

    const commands = ran.length
    await setUpTensorflow(options())
    expect(ran).toHaveLength(commands)
    expect(said.at(-1)).toBe('TensorFlow 2.21.0 is set up already: TensorFlow of a test')
  })

  it('[BACKEND-22] makes anew what does not compute, what lacks CUDA, and what it is told to', async () => {
    await setUpTensorflow(options())
    let commands = ran.length
    let checks = 0
    const failsOnce = (): Promise<string> =>
      checks++ === 0 ? Promise.reject(new Error('a library is missing')) : Promise.resolve('a test')
    for (const change of [{ check: failsOnce }, { gpu: true }, { again: true, gpu: true }]) {
      await setUpTensorflow(options(change))
      expect(ran.length).toBeGreaterThan(commands)
      commands = ran.length
    }
    expect(said.join('\n')).toContain('a library is missing')
    // What has CUDA does for both.
    await setUpTensorflow(options())
    expect(ran).toHaveLength(commands)
  })

  it('[BACKEND-22] takes with CUDA the packages that the wheel names', async () => {
    await setUpTensorflow(options({ gpu: true }))
    const downloads = ran.filter((line) => line.includes(' pip download'))
    expect(downloads[0]).toMatch(/ tensorflow==2\.21\.0$/)
    expect(downloads[1]).toMatch(/ nvidia-cublas-cu12<13\.0,>=12\.5\.3\.2 nvidia-nccl-cu12<3\.0,>=2\.27\.7$/)
    expect(cudaPackages('Requires-Dist: numpy>=1.26.0\n')).toEqual([])
  })

  it.each([
    ['python3 --version', 'python3 is missing'],
    ['-m pip --version', 'pip, the installer of python3, is missing'],
    ['g++', 'the compiler g++ is missing'],
    ['make --version', 'make is missing'],
    ['pip download', 'pip has no wheel of tensorflow-cpu==2.21.0 for x86_64'],
    ['rebuild', 'rebuild is refused'],
  ])('[BACKEND-22] without %s says so and leaves what was there', async (refused, told) => {
    await setUpTensorflow(options())
    await writeFile(join(root, '.tensorflow/mine'), '')
    await expect(setUpTensorflow(options({ again: true, run: machine(refused) }))).rejects.toThrow(told)
    expect(existsSync(join(root, '.tensorflow/mine'))).toBe(true)
    expect(existsSync(join(root, '.tensorflow-making'))).toBe(false)
  })

  it('[BACKEND-22] says on which machines it works', async () => {
    const elsewhere = { platform: 'darwin', arch: 'arm64', environment: {} } as const
    await expect(setUpTensorflow(options({ machine: elsewhere }))).rejects.toThrow(
      'on Linux (x64, arm64) alone',
    )
    expect(ran).toEqual([])
  })

  it('[BACKEND-22] tells the last lines of a command that fails', async () => {
    const noisy = 'for (let i = 0; i < 40; i++) console.error(`line ${i}`); process.exit(3)'
    const failed = runCommand(process.execPath, ['-e', noisy], root)
    await expect(failed).rejects.toThrow('line 39')
    await expect(failed).rejects.not.toThrow('line 20')
  })
})
