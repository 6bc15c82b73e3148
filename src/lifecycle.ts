import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { reloadCertificate } from './http/tls.ts'
import type { LogOutput } from './log-output.ts'
import { onStopSignal } from './signals.ts'

const CLOSE_TIMEOUT_MS = 5000

/** What close-with-grace would handle: it writes to standard error, and takes npm's second signal for a second one. */
const HANDLED_HERE = [
  'SIGHUP',
  'SIGINT',
  'SIGTERM',
  'SIGQUIT',
  'SIGUSR2',
  'uncaughtException',
  'unhandledRejection'
] as const

/**
 * Stops the backend at a signal, and after an unhandled error. A shortage of the operating system is not such an
 * error. Nothing here writes to standard output or error directly, because either may be unwritable.
 * @param closeRest what else is closed, after the backend
 */
export function stopOnSignals(app: FastifyInstance, output: LogOutput, closeRest?: () => Promise<unknown>): void {
  let failure: unknown
  const { close } = closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger: app.log, skip: [...HANDLED_HERE] }, async () => {
    await app.close()
    await closeRest?.()
    if (failure !== undefined) process.exit(1)
  })

  function stop(signal: string): void {
    app.log.info({ signal }, 'stopping')
    void close()
  }

  function stopAtOnce(signal: string): void {
    app.log.error({ signal }, 'stopping at once, at a second signal')
    process.exit(1)
  }
  const beginStop = onStopSignal(stop, stopAtOnce)

  function fail(error: unknown, where: string): void {
    if (app.shortages.report(error, where)) return
    app.log.fatal({ err: error }, 'stopping after an unhandled error')
    if (failure !== undefined) process.exit(1)
    failure = error ?? new Error('unknown')
    beginStop()
    void close()
  }

  process.on('SIGHUP', () => {
    if (!reloadCertificate(app)) app.log.info('SIGHUP is ignored: there is no certificate to read again')
  })
  process.on('uncaughtException', (error) => fail(error, 'a timer or listener'))
  process.on('unhandledRejection', (reason) => fail(reason, 'a promise'))
  process.on('exit', () => output.flush())
}

/** Sends Node.js's own warnings to the log, once there is one: it would print them on standard error, which may block. */
export function logWarnings(log: () => FastifyBaseLogger | undefined): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => log()?.warn({ err: warning }, 'a warning of Node.js'))
}
