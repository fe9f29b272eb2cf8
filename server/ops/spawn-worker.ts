import { Worker, type WorkerOptions } from 'node:worker_threads'

export type WorkerName = 'trainer' | 'predictor' | 'store' | 'store-mongo'

/**
 * Starts a worker thread of the server. In the built server all code lies flat in one folder and the worker is
 * `<name>-worker.js` beside this file; run from TypeScript it is `source`, compiled on the way by tsx.
 */
export function spawnWorker(name: WorkerName, source: URL, options: WorkerOptions = {}): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${name}-worker.js`, import.meta.url), { name, ...options })
  }
  // `--import tsx` is ignored by worker threads of Node 20, so the thread registers the compiler itself.
  const tsx = import.meta.resolve('tsx/esm/api')
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => {
    register()
    return import(${JSON.stringify(source.href)})
  })`
  return new Worker(bootstrap, { name, ...options, eval: true })
}
