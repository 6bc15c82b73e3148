/** npm sends its child the signal that the terminal has sent to both: within this time a second signal is the first one. */
const SAME_SIGNAL_MS = 1000

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const

/**
 * Calls `stop` at the first signal that asks the process to end, and `stopAtOnce` at each one that comes later than a second
 * after it. Those within the second are the same signal. Default of `stopAtOnce`: ends the process with exit code 1
 * @returns a function that counts as the first signal
 */
export function onStopSignal(
  stop: (signal: string) => void,
  stopAtOnce: (signal: string) => void = () => process.exit(1)
): () => void {
  let isStopping = false
  let endsAtOnce = false

  function begin(): void {
    if (isStopping) return
    isStopping = true
    // After the poll phase: a signal that was sent in time may have waited for a long task to end.
    setTimeout(() => setImmediate(() => (endsAtOnce = true)), SAME_SIGNAL_MS).unref()
  }

  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (endsAtOnce) return stopAtOnce(signal)
      if (isStopping) return
      begin()
      stop(signal)
    })
  }
  return begin
}
