import PQueue from 'p-queue'
import { backoffMs } from '../../src/backoff.ts'
import { MinerMismatchError } from '../../src/errors/miners.ts'
import type { Bus } from '../../src/bus.ts'
import type { Address } from '../../src/network.ts'
import type { DeviceState } from '../../schemas/device.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import type { Entry, Restart, Session } from './hub-device.ts'
import { firstDue, nextDue } from './cadence.ts'
import { Wheel } from './timer-wheel.ts'

const MISSES_UNTIL_OFFLINE = 2
const SHORTEST_BACKOFF_MS = 5000
const LONGEST_BACKOFF_MS = 60_000

export interface PollerParts {
  bus: Bus
  intervalMs: number
  concurrency: number
  recoveryConcurrency: number
  /** Asks a miner for its reading; rejects with a named error. */
  read(address: Address, signal: AbortSignal): Promise<Reading>
  /** The MAC at an address by other means than asking the miner; null when they do not know. */
  macOf(host: string): Promise<string | null>
  /** Called after each answer. */
  answered(entry: Entry, session: Session): void
  /** Called after each poll that was not answered by the device itself; `met` is the MAC that answered instead. */
  missed(entry: Entry, session: Session, met: string | null): void
}

type Outcome = { durationMs: number } & ({ reading: Reading } | { error: Error; met: string | null })

/** Polls devices on a fixed cadence and moves each between its states. */
export class Poller {
  readonly #parts: PollerParts
  readonly #wheel = new Wheel<Entry>((entry) => void this.#poll(entry))
  readonly #healthy: PQueue
  readonly #recovery: PQueue

  constructor(parts: PollerParts) {
    this.#parts = parts
    this.#healthy = new PQueue({ concurrency: parts.concurrency })
    this.#recovery = new PQueue({ concurrency: parts.recoveryConcurrency })
  }

  /** Polls that wait for a free place, by lane. */
  get queueDepths(): { healthy: number; recovery: number } {
    return { healthy: this.#healthy.size, recovery: this.#recovery.size }
  }

  /** Begins polling at the device's own phase of the interval. */
  start(entry: Entry): void {
    this.#open(entry, firstDue(entry.mac, this.#parts.intervalMs, performance.now()))
  }

  /** Forgets what polling has shown so far and polls at once: the device's address is another one. */
  restart(entry: Entry): void {
    entry.session?.abort()
    this.#open(entry, performance.now())
  }

  /** Ends polling. From now on nothing is written, emitted or scheduled for the device; a poll under way is broken off. */
  stop(entry: Entry): void {
    entry.session?.abort()
    entry.session = null
    this.#settleRestart(entry, false)
    this.#wheel.cancel(entry)
    this.#become(entry, 'idle')
  }

  /** Takes in what a command learned from the device, as if a poll had. */
  learn(entry: Entry, reading: Reading): void {
    entry.reading = reading
    entry.lastPollAt = Date.now()
    if (!entry.session) return
    if (entry.misses > 0) this.hasten(entry)
    entry.misses = 0
    entry.error = null
    this.#become(entry, this.#stateOf(entry, reading))
  }

  /**
   * The device has accepted a restart: for `graceMs` its silence is no failure.
   * @returns whether it was seen to have started anew within that time
   */
  expectRestart(entry: Entry, graceMs: number): Promise<boolean> {
    entry.restart?.settle(false)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const since = performance.now()
    const uptimeBefore = entry.reading?.telemetry.uptimeSeconds ?? null
    entry.restart = { since, until: since + graceMs, uptimeBefore, wasSilent: false, settle: resolve }
    this.#become(entry, 'restarting')
    return promise
  }

  /** Polls a device that is being looked for, as soon as the tick allows. */
  hasten(entry: Entry): void {
    entry.dueAt = performance.now()
    this.#wheel.schedule(entry, entry.dueAt)
  }

  close(): void {
    this.#wheel.close()
  }

  #open(entry: Entry, dueAt: number): void {
    entry.session = new AbortController()
    entry.misses = 0
    entry.error = null
    entry.dueAt = dueAt
    this.#become(entry, 'connecting')
    this.#wheel.schedule(entry, dueAt)
  }

  async #poll(entry: Entry): Promise<void> {
    const { session } = entry
    if (!session) return
    const lane = entry.misses === 0 ? this.#healthy : this.#recovery
    const outcome = await entry.exclusive(() => lane.add(() => this.#attempt(entry, session.signal)))
    if (entry.session !== session) return
    if ('reading' in outcome) this.#answer(entry, session, outcome)
    else this.#miss(entry, session, outcome)
  }

  async #attempt(entry: Entry, signal: AbortSignal): Promise<Outcome> {
    const startedAt = performance.now()
    const { address } = entry
    try {
      const reading = await this.#parts.read(address, signal)
      const durationMs = performance.now() - startedAt
      const met = reading.mac ?? (await this.#parts.macOf(address.host))
      if (met === null || met === entry.mac) return { reading, durationMs }
      return { error: new MinerMismatchError(address.text, met, entry.mac), met, durationMs }
    } catch (error) {
      return { error: error as Error, met: null, durationMs: performance.now() - startedAt }
    }
  }

  #answer(entry: Entry, session: Session, { reading, durationMs }: Extract<Outcome, { reading: Reading }>): void {
    entry.misses = 0
    entry.error = null
    entry.sighting = null
    entry.reading = reading
    entry.lastPollAt = Date.now()
    this.#scheduleNext(entry)
    this.#become(entry, this.#stateOf(entry, reading))
    this.#parts.bus.emit('device.polled', { mac: entry.mac, reading, durationMs })
    this.#parts.answered(entry, session)
  }

  #miss(entry: Entry, session: Session, { error, met, durationMs }: Extract<Outcome, { error: Error }>): void {
    entry.misses++
    this.#scheduleNext(entry)
    if (met === null && this.#isRestarting(entry)) {
      entry.restart.wasSilent = true
      return
    }
    entry.error = error.message
    if (met !== null) this.#become(entry, 'mismatch')
    else if (entry.misses >= MISSES_UNTIL_OFFLINE) this.#become(entry, 'offline')
    this.#parts.bus.emit('device.failed', { mac: entry.mac, error, durationMs })
    this.#parts.missed(entry, session, met)
  }

  #scheduleNext(entry: Entry): void {
    const now = performance.now()
    const { intervalMs } = this.#parts
    const keepsCadence = entry.misses < MISSES_UNTIL_OFFLINE || this.#isRestarting(entry)
    entry.dueAt = keepsCadence ? nextDue(entry.dueAt, intervalMs, now) : now + this.#backoffMs(entry.misses)
    this.#wheel.schedule(entry, entry.dueAt)
  }

  /** How long to leave an offline device alone: 5 s to 60 s, or the interval where that is longer. */
  #backoffMs(misses: number): number {
    const { intervalMs } = this.#parts
    const failures = misses - MISSES_UNTIL_OFFLINE + 1
    return backoffMs(failures, Math.max(SHORTEST_BACKOFF_MS, intervalMs), Math.max(LONGEST_BACKOFF_MS, intervalMs))
  }

  #stateOf(entry: Entry, { telemetry }: Reading): DeviceState {
    if (!this.#isRestarting(entry)) return 'online'
    if (!hasRestarted(entry.restart, telemetry.uptimeSeconds)) return 'restarting'
    this.#settleRestart(entry, true)
    return 'online'
  }

  /** A restart that took longer than its time is none any more: the device counts as any other from then on. */
  #isRestarting(entry: Entry): entry is Entry & { restart: Restart } {
    if (entry.restart && performance.now() > entry.restart.until) this.#settleRestart(entry, false)
    return entry.restart !== null
  }

  #settleRestart(entry: Entry, back: boolean): void {
    entry.restart?.settle(back)
    entry.restart = null
  }

  #become(entry: Entry, to: DeviceState): void {
    const from = entry.state
    if (from === to) return
    entry.state = to
    this.#parts.bus.emit('device.state', { mac: entry.mac, from, to })
  }
}

/** A miner goes down within a second of accepting a restart: after this time it has, or never will. */
const DOWN_BY_MS = 3000

/**
 * The device has run for less time than has passed since it accepted the restart (a second is lost in rounding), and it
 * has lost time or a poll since, or should long have: one that had only just started is else taken for one that is back.
 */
function hasRestarted({ since, uptimeBefore, wasSilent }: Restart, uptimeSeconds: number | null): boolean {
  const elapsedMs = performance.now() - since
  if (uptimeSeconds === null || (uptimeSeconds - 1) * 1000 >= elapsedMs) return false
  const hasLostTime = uptimeBefore !== null && (uptimeSeconds + 1.5 - uptimeBefore) * 1000 < elapsedMs
  return wasSilent || hasLostTime || elapsedMs > DOWN_BY_MS
}
