import { existsSync, readdirSync } from 'node:fs'
import Module from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'

/** dlopen's RTLD_NODELETE on Linux, which Node has no name for. */
const STAYS = 0x1000
const VERSION = /^napi-v(\d+)$/

/**
 * Loads the binding of a package of TensorFlow into `require` so that its libraries stay with the process. Node would
 * unload them with the last thread that has them, while what they left to be called when the process ends, and a second
 * library with the same parts, still point to them: it ends in a crash. Does nothing where the system is not Linux or
 * the package has no binding, which the package then tells itself.
 */
export function keepBindingLoaded(require: NodeJS.Require, packageFolder: string): void {
  const file = process.platform === 'linux' ? bindingOf(packageFolder) : null
  if (file === null) return
  const path = require.resolve(file)
  if (require.cache[path]) return
  const binding = new Module(path)
  process.dlopen(binding, path, constants.dlopen.RTLD_LAZY | STAYS)
  binding.loaded = true
  require.cache[path] = binding
}

/** The file that the package loads: that of the newest Node-API which both know. */
function bindingOf(packageFolder: string): string | null {
  const folder = join(packageFolder, 'lib')
  if (!existsSync(folder)) return null
  const known = Number(process.versions['napi'])
  const files = readdirSync(folder)
    .map((name) => ({ version: Number(VERSION.exec(name)?.[1] ?? NaN), name }))
    .filter(({ version }) => version <= known)
    .sort((one, other) => other.version - one.version)
    .map(({ name }) => join(folder, name, 'tfjs_binding.node'))
  return files.find((file) => existsSync(file)) ?? null
}
