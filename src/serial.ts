/** Runs tasks one at a time, in the order in which they were given. */
export interface Serial {
  /** Settles as the task does. A task that fails does not keep the next one from running. */
  run<T>(task: () => T | Promise<T>): Promise<T>
  /** Resolves when every task given so far has ended. Never rejects. */
  idle(): Promise<void>
}

/** Creates a queue that runs one task at a time. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(task) {
      const result = last.then(task)
      last = result.catch(() => undefined)
      return result
    },
    async idle() {
      await last
    }
  }
}
