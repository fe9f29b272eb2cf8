import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunCommand } from './run-command.ts'
import { SetupError } from './setup-error.ts'
import { headersOf, type Tools } from './tools.ts'

const PACKAGE = '@tensorflow/tfjs-node-gpu'
const PACKAGE_VERSION = '4.22.0'
/** The newest of the package's own list: its folder is looked for. */
const NAPI_BUILD = 8
/** The package's own place for the libraries, of which every link is to be replaced. */
const OWN_RUNPATH = '$ORIGIN/../../deps/lib'
/** From the binding's folder to the wheel's libraries, whose own paths to CUDA start where they lie. */
const RUNPATH = '$ORIGIN/../../../../../site/tensorflow'

/**
 * Installs the package below `folder`, without its binding.
 * @throws SetupError with what npm said
 */
export async function installPackage(folder: string, tools: Tools, run: RunCommand): Promise<void> {
  const manifest = { private: true, dependencies: { [PACKAGE]: PACKAGE_VERSION } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  // Its own install script fetches a libtensorflow that knows no GPU of today.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  await run(process.execPath, [tools.npm, 'install', ...quiet, '--prefix', folder], folder)
}

/**
 * Compiles the package's binding against the wheel that was unpacked in `folder`/site. The folder can be moved
 * afterwards.
 * @throws SetupError with what the compiler said
 */
export async function compileBinding(folder: string, tools: Tools, run: RunCommand): Promise<void> {
  const home = join(folder, 'node_modules', PACKAGE)
  const libraries = join(folder, 'site/tensorflow')
  await mkdir(join(home, 'deps/lib'), { recursive: true })
  await symlink(join(libraries, 'include'), join(home, 'deps/include'))
  await symlink(join(libraries, 'libtensorflow_cc.so.2'), join(home, 'deps/lib/libtensorflow.so'))
  await symlink(
    join(libraries, 'libtensorflow_framework.so.2'),
    join(home, 'deps/lib/libtensorflow_framework.so'),
  )
  await changeRunpath(join(home, 'binding.gyp'))
  const made = join(home, `lib/napi-v${NAPI_BUILD}`)
  const headers = headersOf(process.execPath)
  await run(
    process.execPath,
    [
      ...[tools.nodeGyp, 'rebuild', '--napi_version=9', `--napi_build_version=${NAPI_BUILD}`],
      ...[
        '--module_name=tfjs_binding',
        `--module_path=${made}`,
        `--module=${join(made, 'tfjs_binding.node')}`,
      ],
      ...(headers === null ? [] : [`--nodedir=${headers}`]),
    ],
    home,
  )
  for (const done of [join(home, 'build'), join(home, 'deps'), join(libraries, 'include')])
    await rm(done, { recursive: true, force: true })
}

async function changeRunpath(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  if (!text.includes(OWN_RUNPATH)) throw new SetupError(`${file} does not say where the libraries lie`)
  await writeFile(file, text.replaceAll(OWN_RUNPATH, RUNPATH))
}
