import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunCommand } from './run-command.ts'
import { SetupError } from './setup-error.ts'

export const TENSORFLOW_VERSION = '2.21.0'
/** The Python whose wheel is taken: no line of it runs, so the machine's own may be another. */
const PYTHON = '311'
const GLIBC = ['2_28', '2_27', '2_24', '2_17', '2_12', '2_5']

/**
 * Unpacks TensorFlow's libraries and C headers below `site`, with CUDA's libraries beside them where `gpu`.
 * @param folder for the wheels while they are unpacked; gone afterwards
 * @throws SetupError where the package index has no such wheel or is not reached
 */
export async function unpackTensorflow(
  { gpu, arch, folder, site }: { gpu: boolean; arch: string; folder: string; site: string },
  run: RunCommand,
  say: (line: string) => void,
): Promise<void> {
  // The smaller one without CUDA is made for x64 alone.
  const name = gpu || arch !== 'x64' ? 'tensorflow' : 'tensorflow-cpu'
  say(`Downloading ${name} ${TENSORFLOW_VERSION} …`)
  await download([`${name}==${TENSORFLOW_VERSION}`], arch, folder, run)
  await unpackAll(folder, site, run)
  if (gpu) {
    const packages = cudaPackages(await readMetadata(site))
    if (packages.length === 0) throw new SetupError(`${name} ${TENSORFLOW_VERSION} names no CUDA packages`)
    say(`Downloading CUDA's libraries (${packages.length} packages, about 2.5 GB) …`)
    await download(packages, arch, folder, run)
    await unpackAll(folder, site, run)
  }
  await keepLibraries(join(site, 'tensorflow'))
}

/** The packages of CUDA that a wheel's metadata asks for, with their versions, as pip takes them. */
export function cudaPackages(metadata: string): string[] {
  return [
    ...metadata.matchAll(/^Requires-Dist: (nvidia-[\w.-]+)\s*\(?([^;)\n]*)\)?;.*extra == ["']and-cuda["']/gm),
  ].map(([, name = '', versions = '']) => `${name}${versions.trim()}`)
}

async function download(
  packages: readonly string[],
  arch: string,
  folder: string,
  run: RunCommand,
): Promise<void> {
  const machine = arch === 'arm64' ? 'aarch64' : 'x86_64'
  const platforms = [...GLIBC.map((version) => `manylinux_${version}_${machine}`), `manylinux2014_${machine}`]
  try {
    await run(
      'python3',
      [
        ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'],
        ...['--only-binary=:all:', `--python-version=${PYTHON}`, '--implementation=cp', `--abi=cp${PYTHON}`],
        ...platforms.map((platform) => `--platform=${platform}`),
        ...['--dest', folder, ...packages],
      ],
      folder,
    )
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SetupError(
      `pip has no wheel of ${packages.join(', ')} for ${machine}, or does not reach its index.\n${why}`,
      {
        cause,
      },
    )
  }
}

async function unpackAll(folder: string, site: string, run: RunCommand): Promise<void> {
  for (const wheel of (await readdir(folder)).filter((file) => file.endsWith('.whl'))) {
    await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), site], folder)
    await rm(join(folder, wheel))
  }
}

async function readMetadata(site: string): Promise<string> {
  const about = (await readdir(site)).find((name) => /^tensorflow-.*\.dist-info$/.test(name))
  if (about === undefined) throw new SetupError('the wheel of TensorFlow has no metadata')
  return readFile(join(site, about, 'METADATA'), 'utf8')
}

/** The rest of the wheel is for Python. */
async function keepLibraries(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name !== 'include' && !name.startsWith('libtensorflow'))
      await rm(join(folder, name), { recursive: true, force: true })
}
