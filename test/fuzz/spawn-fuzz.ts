import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

/**
 * Runs a part of the fuzz in a process of its own, whose time and randomness it may replace; answers its figures and
 * what it said.
 * @throws where it ended otherwise than by itself
 */
export function spawnFuzz(
  args: readonly string[],
): Promise<{ figures: Record<string, number>; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('error', reject)
    child.on('close', (code) => {
      const last = printed.trim().split('\n').at(-1) ?? ''
      if (code === 0 && last.startsWith('{'))
        resolve({ figures: JSON.parse(last) as Record<string, number>, said })
      else reject(new Error(`the fuzz ended with ${String(code)}:\n${said}`))
    })
  })
}
