const AT_MOST_EVERY_MS = 100

/** Makes a reporter that tells at most ten times a second, so that a quick operation on many devices floods nobody. */
export function createProgress(tell: () => void) {
  let timer: NodeJS.Timeout | undefined
  let again = false

  function wait() {
    timer = setTimeout(() => {
      timer = undefined
      if (again) report()
    }, AT_MOST_EVERY_MS).unref()
  }

  function report(): void {
    again = timer !== undefined
    if (again) return
    tell()
    wait()
  }

  return {
    /** Something has changed: it is told now, or together with what changes next. */
    report,
    /** Tells once more, at once, and then nothing any more. */
    finish(): void {
      clearTimeout(timer)
      again = false
      tell()
    }
  }
}
export type Progress = ReturnType<typeof createProgress>
