import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { LogOutput } from './log-output.ts'

const CLOSE_TIMEOUT_MS = 5000

/** npm sends its child the signal that the terminal has sent to both: within this time a second signal is the first one. */
const SAME_SIGNAL_MS = 1000

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const
const HANDLED_HERE = [...SIGNALS, 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const

/**
 * Stops the backend at a signal, and after an unhandled error. A shortage of the operating system is not such an
 * error. Nothing here writes to standard output or error directly, because either may be unwritable.
 */
export function stopOnSignals(app: FastifyInstance, output: LogOutput): void {
  let failure: unknown
  let stoppingSince: number | undefined
  const { close } = closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger: app.log, skip: [...HANDLED_HERE] }, async () => {
    await app.close()
    if (failure !== undefined) process.exit(1)
  })

  function stop(signal: string): void {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      app.log.info({ signal }, 'stopping')
      void close()
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      app.log.error({ signal }, 'stopping at once, at a second signal')
      process.exit(1)
    }
  }

  function fail(error: unknown, where: string): void {
    if (app.shortages.report(error, where)) return
    app.log.fatal({ err: error }, 'stopping after an unhandled error')
    if (failure !== undefined) process.exit(1)
    failure = error ?? new Error('unknown')
    stoppingSince ??= performance.now()
    void close()
  }

  for (const signal of SIGNALS) process.on(signal, stop)
  process.on('SIGHUP', () => app.log.info('SIGHUP is ignored'))
  process.on('uncaughtException', (error) => fail(error, 'a timer or listener'))
  process.on('unhandledRejection', (reason) => fail(reason, 'a promise'))
  process.on('exit', () => output.flush())
}

/** Sends Node.js's own warnings to the log: it would print them on standard error, which may block. */
export function logWarnings(app: FastifyInstance): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => app.log.warn({ err: warning }, 'a warning of Node.js'))
}
