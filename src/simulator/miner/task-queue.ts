/** Runs jobs one after another, as the single httpd task of the firmware does (AXEOS.md 1.1). */
export interface Tasks {
  /** Queues a job; it must call `done` once to let the next one start. */
  push(job: (done: () => void) => void): void
  /** Puts a job before all that wait. */
  unshift(job: (done: () => void) => void): void
}

/** An empty queue. */
export function createTasks(): Tasks {
  const waiting: ((done: () => void) => void)[] = []
  let busy = false
  const next = (): void => {
    const job = waiting.shift()
    busy = job !== undefined
    job?.(once(next))
  }
  return {
    push(job) {
      waiting.push(job)
      if (!busy) next()
    },
    unshift(job) {
      waiting.unshift(job)
      if (!busy) next()
    }
  }
}

function once(run: () => void): () => void {
  let ran = false
  return () => {
    if (ran) return
    ran = true
    run()
  }
}
