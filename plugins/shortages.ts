import { readFileSync } from 'node:fs'
import fp from 'fastify-plugin'
import { systemCodeOf } from '../src/errors/code-of.ts'

/** Errors of the operating system that end by themselves when others give back what they hold. */
const CODES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'EIO', 'ENOSPC', 'EPIPE'])

/**
 * A failure of these calls concerns one connection or one look at the system, and not the state of this process: a
 * firewall or a missing route answers EPERM or ENETUNREACH, a missing /proc ENOENT.
 */
const PASSING_CALLS =
  /^(accept|connect|read|write|shutdown|send(msg|to)?|recv(msg|from)?|setsockopt|getaddrinfo|uv_.*)$/

/** A shortage counts as present for this long after it was last met. */
const PRESENT_MS = 15_000
const QUIET_MS = 10_000

/** Descriptors that the process needs for itself: the store, DNS, mDNS, Grafana and other services. */
const OWN_DESCRIPTORS = 64
/** For each device: its poll, and its log stream or a command. */
const DESCRIPTORS_PER_DEVICE = 2
/** Clients are always let in up to this number. */
const FEWEST_CLIENTS = 16

export interface ShortageOptions {
  /** File descriptors that the process may have open. Default: as the kernel tells it */
  descriptorLimit?: number
}

interface Shortages {
  /**
   * Counts and logs an error that is a shortage of the operating system.
   * @param where what met it, for the log
   * @returns false when the error is something else
   */
  report(error: unknown, where: string): boolean
  /** How often each code was met. */
  readonly counts: ReadonlyMap<string, number>
  /** The code of the shortage met within the last 15 s; null when there was none. */
  readonly present: string | null
}

declare module 'fastify' {
  interface FastifyInstance {
    shortages: Shortages
  }
}

/**
 * Counts and reports shortages of the operating system (file descriptors, buffers, ports), so that a temporary one does not
 * end the process. Budgets file descriptors: clients are refused before polls run out of them.
 */
export default fp<ShortageOptions>(
  async (app, { descriptorLimit = readDescriptorLimit() }) => {
    const { bus, config, log, server } = app
    const counts = new Map<string, number>()
    let lastCode = ''
    let lastAt = -Infinity
    let quietUntil = -Infinity

    app.decorate('shortages', {
      counts,
      get present() {
        return performance.now() - lastAt < PRESENT_MS ? lastCode : null
      },
      report(error: unknown, where: string) {
        const code = systemCodeOf(error)
        if (code === undefined || !(CODES.has(code) || isPassing(error))) return false
        counts.set(code, (counts.get(code) ?? 0) + 1)
        lastCode = code
        lastAt = performance.now()
        if (lastAt < quietUntil) return true
        quietUntil = lastAt + QUIET_MS
        log.error({ code, where }, 'the operating system ran out of a resource: what needed it is tried again')
        return true
      }
    })
    const off = bus.on('device.failed', ({ error }) => {
      if (CODES.has(systemCodeOf(error) ?? '')) app.shortages.report(error, 'polling a miner')
    })
    app.addHook('onClose', async () => off())
    // `accept` fails without descriptors; without a listener that would end the process.
    server.on('error', (error) => app.shortages.report(error, 'accepting a connection'))

    function budget(): void {
      const devices = app.db.imprinted.size
      const left = descriptorLimit - OWN_DESCRIPTORS - devices * DESCRIPTORS_PER_DEVICE
      server.maxConnections = Math.min(config.MAX_CONNECTIONS, Math.max(FEWEST_CLIENTS, left))
    }
    app.addHook('onReady', async () => {
      budget()
      for (const event of ['device.imprinted', 'device.released', 'store.restored'] as const) bus.on(event, budget)
      if (server.maxConnections === config.MAX_CONNECTIONS) return
      const devices = app.db.imprinted.size
      const needed = OWN_DESCRIPTORS + devices * DESCRIPTORS_PER_DEVICE + config.MAX_CONNECTIONS
      log.warn(
        { limit: descriptorLimit, needed, devices, clients: server.maxConnections },
        `ulimit -n is ${descriptorLimit}, and ${devices} devices with ${config.MAX_CONNECTIONS} clients need ${needed}: fewer clients are let in`
      )
    })
  },
  { name: 'shortages', dependencies: ['bus', 'db'], fastify: '5.x' }
)

/** Whether a system call failed that says nothing about the state of this process. */
function isPassing(error: unknown): boolean {
  const { info, syscall } = error as Error & { info?: { syscall?: unknown }; syscall?: unknown }
  return PASSING_CALLS.test(String(info?.syscall ?? syscall))
}

/** The soft limit of open files, which Node.js raises to the hard one as it starts. Unlimited where it is not known. */
function readDescriptorLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readLimits())?.[1]
  return limit === undefined ? Infinity : Number(limit)
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
