import {
  Conv2DBackpropFilter,
  engine,
  getKernel,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import type { Backend, BackendName } from '../../../server/learning/backend/backend.ts'
import { prepareNativeLibraries } from '../../../server/learning/backend/native-environment.ts'
import { openBackend, type Rungs } from '../../../server/learning/backend/open.ts'
import { probed } from '../../../server/learning/backend/probe.ts'

const quiet = (): void => undefined

function working(name: BackendName): Backend {
  return {
    name,
    description: 'a test',
    network: () => {
      throw new Error('not asked for')
    },
    memory: () => ({ tensors: 0, bytes: null }),
  }
}

const missing = (reason: string) => () => Promise.reject(new Error(reason))

const rungs: Rungs = {
  'tensorflow-gpu': missing('no CUDA device'),
  tensorflow: missing('cannot find it\nRequire stack:\n- somewhere'),
  webgpu: (forced) =>
    forced ? Promise.resolve(working('webgpu')) : Promise.reject(new Error('in software')),
  wasm: missing('no WebAssembly here'),
  cpu: () => Promise.resolve(working('cpu')),
}

describe('openBackend', () => {
  it('[BACKEND-6] goes down the ladder, saying in one line why each better rung does not load', async () => {
    const lines: string[] = []
    const backend = await openBackend('auto', (line) => lines.push(line), rungs)
    expect(backend.name).toBe('cpu')
    expect(lines).toEqual([
      'compute backend tensorflow-gpu does not load: no CUDA device',
      'compute backend tensorflow does not load: cannot find it',
      'compute backend webgpu does not load: in software',
      'compute backend wasm does not load: no WebAssembly here',
      'compute backend: cpu (a test)',
    ])
  })

  it('[BACKEND-6] takes the first that loads, and none below it', async () => {
    const tried: string[] = []
    const all = Object.fromEntries(
      Object.keys(rungs).map((name) => [
        name,
        () => Promise.resolve(tried.push(name)).then(() => working('cpu')),
      ]),
    )
    await openBackend('auto', quiet, { ...rungs, ...all })
    expect(tried).toEqual(['tensorflow-gpu'])
  })

  it('[BACKEND-6] takes what was asked for by name, an adapter in software too, or rejects with its reason', async () => {
    expect((await openBackend('webgpu', quiet, rungs)).name).toBe('webgpu')
    await expect(openBackend('wasm', quiet, rungs)).rejects.toThrow(
      'no compute backend loads (tried wasm): no WebAssembly here',
    )
  })
})

describe('the rung wasm', () => {
  it('[BACKEND-6] does not load where the training kernels do not compute', async () => {
    const { name } = await openBackend('wasm', quiet)
    const kernel = getKernel(Conv2DBackpropFilter, name)
    const broken = (): never => {
      throw new Error('the heap is hidden')
    }
    unregisterKernel(Conv2DBackpropFilter, name)
    registerKernel({ ...kernel, kernelFunc: broken })
    const before = engine().memory().numTensors
    await expect(openBackend('wasm', quiet)).rejects.toThrow('the heap is hidden')
    expect(engine().memory().numTensors).toBe(before)
    unregisterKernel(Conv2DBackpropFilter, name)
    registerKernel(kernel)
    expect((await openBackend('wasm', quiet)).name).toBe('wasm')
  })
})

describe('prepareNativeLibraries', () => {
  it('[BACKEND-21] asks for growing memory and fixed results, and leaves what is set', () => {
    const environment: NodeJS.ProcessEnv = { TF_CPP_MIN_LOG_LEVEL: '0' }
    prepareNativeLibraries('auto', environment)
    expect(environment).toEqual({
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_DETERMINISTIC_OPS: '1',
      TF_CPP_MIN_LOG_LEVEL: '0',
    })
  })

  it('[BACKEND-21] hides CUDA devices where TensorFlow on the processor is asked for', () => {
    const environment: NodeJS.ProcessEnv = { CUDA_VISIBLE_DEVICES: '0' }
    prepareNativeLibraries('tensorflow', environment)
    expect(environment['CUDA_VISIBLE_DEVICES']).toBe('-1')
  })
})

describe('probed', () => {
  const computing = (loss: number, value: number): Backend => ({
    ...working('webgpu'),
    network: (architecture) => ({
      architecture,
      setWeights: quiet,
      logits: () => Promise.resolve(new Float32Array()),
      embed: () => Promise.resolve(new Float32Array()),
      gradient: () =>
        Promise.resolve({
          loss,
          losses: new Float32Array(2),
          values: Float32Array.of(value),
          statistics: [],
        }),
      dispose: quiet,
    }),
  })

  it('[BACKEND-6] refuses a rung that starts and computes nothing', async () => {
    const right = computing(0.7, 0.1)
    expect(await probed(right)).toBe(right)
    for (const [loss, value] of [
      [NaN, 0.1],
      [0, 0.1],
      [0.7, NaN],
      [0.7, 0],
    ] as const)
      await expect(probed(computing(loss, value))).rejects.toThrow('it computes wrongly')
  })
})
