const INTERVAL_MS = 100

/** Creates a reporter that emits at most ten times a second, so that a fast operation on many devices floods no client. */
export function createProgress(emit: () => void) {
  let timer: NodeJS.Timeout | undefined
  let pending = false

  function startInterval() {
    timer = setTimeout(() => {
      timer = undefined
      if (pending) report()
    }, INTERVAL_MS).unref()
  }

  function report(): void {
    pending = timer !== undefined
    if (pending) return
    emit()
    startInterval()
  }

  return {
    /** Reports a change: now, or together with further changes at the end of the interval. */
    report,
    /** Emits a last time, at once. */
    finish(): void {
      clearTimeout(timer)
      pending = false
      emit()
    }
  }
}
export type Progress = ReturnType<typeof createProgress>
