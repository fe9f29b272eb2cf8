import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pinned } from './pinned.ts'

/** What a helper process answers, by name. */
type Handlers = Record<string, (payload: never) => unknown>

/** A process beside this one that does what it is asked. */
export interface HelperProcess<H extends Handlers> {
  readonly child: ChildProcess
  /** @throws Error with what the helper threw, or when it ended before it answered */
  ask<N extends keyof H & string>(name: N, payload: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>>
  stop(): Promise<void>
}

interface Question {
  readonly id: number
  readonly name: string
  readonly payload: never
}

interface Answer {
  readonly id: number
  readonly ok?: unknown
  readonly error?: string
}

/** Starts a TypeScript file that calls `answerParent`, on one core where the system can pin a process. */
export function startHelper<H extends Handlers>(file: URL, core: number): HelperProcess<H> {
  const [command, ...words] = pinned(core, [process.execPath])
  const child = fork(fileURLToPath(file), {
    execPath: command,
    execArgv: [...words, '--max-old-space-size=4096', '--import', import.meta.resolve('tsx')],
    // The last line of standard output belongs to the figures.
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0
  const exited = once(child, 'exit')
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  child.on('exit', (code) => {
    for (const [id, settle] of waiting) settle({ id, error: `the helper ended with ${String(code)}` })
    waiting.clear()
  })
  return {
    child,
    ask(name, payload) {
      return new Promise((resolve, reject) => {
        const id = ++asked
        waiting.set(id, ({ ok, error }) => {
          if (error === undefined) resolve(ok as Awaited<ReturnType<H[typeof name]>>)
          else reject(new Error(`${fileURLToPath(file)}: ${name}: ${error}`))
        })
        child.send({ id, name, payload })
      })
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** In the helper: answers what the process that started it asks, and ends with it. */
export function answerParent(handlers: Handlers): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', ({ id, name, payload }: Question) => {
    const answer = (rest: Omit<Answer, 'id'>): void => void process.send?.({ id, ...rest })
    Promise.resolve()
      .then(() => {
        const handler = handlers[name]
        if (!handler) throw new Error(`nothing is called ${name}`)
        return handler(payload)
      })
      .then(
        (ok) => answer({ ok }),
        (error: unknown) =>
          answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
  })
}
