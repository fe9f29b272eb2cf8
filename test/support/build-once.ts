import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Before any test: the product is built as `npm run build` does, so that tests of processes and pages meet this code.
 * What is up to date stays, under the feet of another run's pages as well.
 */
export default function buildOnce(): void {
  execFileSync(
    process.execPath,
    [fileURLToPath(new URL('../../server/build.js', import.meta.url)), '--changed'],
    {
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}
