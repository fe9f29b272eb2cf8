import {
  _FusedMatMul,
  BatchMatMul,
  Conv2DBackpropInput,
  getKernel,
  registerKernel,
  Sum,
  unregisterKernel,
  type KernelConfig,
  type KernelFunc,
} from '@tensorflow/tfjs-core'
import { filterGradientKernel } from './filter-gradient.ts'
import { inputGradientKernel } from './input-gradient.ts'
import { fusedMatMulKernel, matMulKernel } from './matmul.ts'
import { poolGradientKernel } from './pool-gradient.ts'
import { sumKernel } from './sum.ts'

let registered = false

/** Registers the training kernels for the wasm backend, which must have loaded; again is no harm. */
export function registerTrainingKernels(): void {
  if (registered) return
  registered = true
  replace(filterGradientKernel)
  replace(inputGradientKernel(builtIn(Conv2DBackpropInput)))
  replace(matMulKernel(builtIn(BatchMatMul)))
  replace(fusedMatMulKernel(builtIn(_FusedMatMul)))
  replace(poolGradientKernel)
  replace(sumKernel(builtIn(Sum)))
}

function builtIn(name: string): KernelFunc {
  const kernel = registeredKernel(name)
  if (kernel === undefined) throw new Error(`the wasm backend has no kernel ${name}`)
  return kernel.kernelFunc
}

/** The library answers undefined for an unknown kernel, though its types do not say so. */
function registeredKernel(name: string): KernelConfig | undefined {
  return getKernel(name, 'wasm')
}

function replace(kernel: KernelConfig): void {
  // Registering over another one warns on the console.
  if (registeredKernel(kernel.kernelName) !== undefined)
    unregisterKernel(kernel.kernelName, kernel.backendName)
  registerKernel(kernel)
}
