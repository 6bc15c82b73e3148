/** Runs jobs one at a time, as the single httpd task of the firmware does (AXEOS.md 1.1). */
export interface TaskQueue {
  /** Appends a job. The next one starts when it calls `done`. */
  push(job: (done: () => void) => void): void
  /** Puts a job ahead of all waiting ones. */
  unshift(job: (done: () => void) => void): void
}

/** Creates an empty queue. */
export function createTaskQueue(): TaskQueue {
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
