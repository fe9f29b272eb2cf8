/** Rejects when `work` has not settled after `ms`; the work itself goes on. */
export function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`not done within ${String(Math.round(ms))} ms`))
    }, ms)
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}

/** Resolves when `waited` settles or `ms` have passed. @throws what it rejects with before */
export async function withinTime(waited: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    await Promise.race([waited, late])
  } finally {
    clearTimeout(timer)
  }
}
