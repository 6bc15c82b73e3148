import PQueue from 'p-queue'
import { backoffMs } from '../../src/backoff.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import type { Bus } from '../../src/bus.ts'
import type { Address } from '../../src/network.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import { firstDue, nextDue } from './cadence.ts'
import { updateState, type HubDevice, type Restart, type Session } from './hub-device.ts'
import { checkIdentity, type IdentityFailure, type MacOf } from './identity.ts'
import { TimerWheel } from './timer-wheel.ts'

const MISSED_POLLS_UNTIL_OFFLINE = 2
const SHORTEST_BACKOFF_MS = 5000
const LONGEST_BACKOFF_MS = 60_000

interface PollerParts {
  bus: Bus
  intervalMs: number
  concurrency: number
  recoveryConcurrency: number
  /** Takes a miner's reading; rejects with a named error. */
  poll(address: Address, signal: AbortSignal): Promise<Reading>
  macOf: MacOf
  /** Called after each answer. */
  onAnswer(device: HubDevice, session: Session): void
  /** Called after each poll that the device itself did not answer; `met` is the MAC that answered instead. */
  onFailure(device: HubDevice, session: Session, met: string | null): void
}

type PollResult = { durationMs: number } & ({ reading: Reading } | IdentityFailure)

/** Polls devices on a fixed cadence and keeps the state of each. */
export class Poller {
  readonly #parts: PollerParts
  readonly #wheel = new TimerWheel<HubDevice>((device) => void this.#poll(device))
  readonly #healthy: PQueue
  readonly #recovery: PQueue

  constructor(parts: PollerParts) {
    this.#parts = parts
    this.#healthy = new PQueue({ concurrency: parts.concurrency })
    this.#recovery = new PQueue({ concurrency: parts.recoveryConcurrency })
  }

  /** Number of polls that wait for a free slot, by lane. */
  get queueDepths(): { healthy: number; recovery: number } {
    return { healthy: this.#healthy.size, recovery: this.#recovery.size }
  }

  /** Starts polling at the device's own phase of the interval. */
  start(device: HubDevice): void {
    this.#startSession(device, firstDue(device.mac, this.#parts.intervalMs, performance.now()))
  }

  /** Resets the polling state and polls at once, because the device has a new address. */
  restart(device: HubDevice): void {
    device.session?.abort()
    this.#startSession(device, performance.now())
  }

  /** Stops polling and aborts a poll in progress. Its result is neither stored nor emitted. */
  stop(device: HubDevice): void {
    device.session?.abort()
    device.session = null
    this.#settleRestart(device, false)
    this.#wheel.cancel(device)
    this.#setState(device, 'idle')
  }

  /** Applies a reading that a command took, as if a poll had taken it. */
  applyReading(device: HubDevice, reading: Reading): void {
    device.reading = reading
    device.lastPollAt = Date.now()
    if (!device.session) return
    if (device.missedPolls > 0) this.pollSoon(device)
    device.missedPolls = 0
    device.pollError = null
    this.#setState(device, this.#stateOf(device, reading))
  }

  /**
   * Expects a device that has accepted a restart to be silent: for `graceMs` a missed poll is not a failure.
   * @returns whether it was seen to have restarted within that time
   */
  expectRestart(device: HubDevice, graceMs: number): Promise<boolean> {
    device.restart?.settle(false)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const since = performance.now()
    const uptimeBefore = device.reading?.telemetry.uptimeSeconds ?? null
    device.restart = { since, until: since + graceMs, uptimeBefore, wasSilent: false, settle: resolve }
    this.#setState(device, 'restarting')
    return promise
  }

  /** Polls a device on the next tick. */
  pollSoon(device: HubDevice): void {
    device.dueAt = performance.now()
    this.#wheel.schedule(device, device.dueAt)
  }

  /** Runs a task in turn with the polls of devices that do not answer. */
  async runInRecovery(task: () => Promise<void>): Promise<void> {
    await this.#recovery.add(task)
  }

  close(): void {
    this.#wheel.close()
  }

  #startSession(device: HubDevice, dueAt: number): void {
    device.session = new AbortController()
    device.missedPolls = 0
    device.pollError = null
    device.dueAt = dueAt
    this.#setState(device, 'connecting')
    this.#wheel.schedule(device, dueAt)
  }

  async #poll(device: HubDevice): Promise<void> {
    const { session } = device
    if (!session) return
    const lane = device.missedPolls === 0 ? this.#healthy : this.#recovery
    const result = await device.runExclusive(() => lane.add(() => this.#attempt(device, session.signal)))
    if (device.session !== session) return
    if ('reading' in result) this.#handleAnswer(device, session, result)
    else if (hasCode(result.error, 'PLUTO_SHORTAGE')) this.#handleShortage(device, result.error)
    else this.#handleFailure(device, session, result)
  }

  async #attempt(device: HubDevice, signal: AbortSignal): Promise<PollResult> {
    const startedAt = performance.now()
    const { address } = device
    try {
      const reading = await this.#parts.poll(address, signal)
      const durationMs = performance.now() - startedAt
      const expected = { mac: device.mac, address }
      const failure = await checkIdentity(expected, reading, { macOf: this.#parts.macOf, unidentified: 'accept' })
      return failure ? { ...failure, durationMs } : { reading, durationMs }
    } catch (error) {
      return { error: error as Error, met: null, durationMs: performance.now() - startedAt }
    }
  }

  #handleAnswer(
    device: HubDevice,
    session: Session,
    { reading, durationMs }: Extract<PollResult, { reading: Reading }>
  ): void {
    device.missedPolls = 0
    device.pollError = null
    device.reading = reading
    device.lastPollAt = Date.now()
    this.#scheduleNext(device)
    this.#setState(device, this.#stateOf(device, reading))
    this.#parts.bus.emit('device.polled', { mac: device.mac, reading, durationMs })
    this.#parts.onAnswer(device, session)
  }

  /** The device was not asked, because this machine ran out of a resource: that is no missed poll. */
  #handleShortage(device: HubDevice, error: Error): void {
    device.pollError = error.message
    device.dueAt = nextDue(device.dueAt, this.#parts.intervalMs, performance.now())
    this.#wheel.schedule(device, device.dueAt)
  }

  #handleFailure(
    device: HubDevice,
    session: Session,
    { error, met, durationMs }: Extract<PollResult, { error: Error }>
  ): void {
    device.missedPolls++
    this.#scheduleNext(device)
    if (met === null && this.#isRestarting(device)) {
      device.restart.wasSilent = true
      return
    }
    device.pollError = error.message
    if (met !== null) this.#setState(device, 'mismatch')
    else if (device.missedPolls >= MISSED_POLLS_UNTIL_OFFLINE) this.#setState(device, 'offline')
    this.#parts.bus.emit('device.failed', { mac: device.mac, error, durationMs })
    this.#parts.onFailure(device, session, met)
  }

  #scheduleNext(device: HubDevice): void {
    const now = performance.now()
    const { intervalMs } = this.#parts
    const keepsCadence = device.missedPolls < MISSED_POLLS_UNTIL_OFFLINE || this.#isRestarting(device)
    device.dueAt = keepsCadence ? nextDue(device.dueAt, intervalMs, now) : now + this.#backoffMs(device.missedPolls)
    this.#wheel.schedule(device, device.dueAt)
  }

  /** Delay before the next poll of an offline device: 5 s to 60 s, but never less than the interval. */
  #backoffMs(missedPolls: number): number {
    const { intervalMs } = this.#parts
    const failures = missedPolls - MISSED_POLLS_UNTIL_OFFLINE + 1
    return backoffMs(failures, Math.max(SHORTEST_BACKOFF_MS, intervalMs), Math.max(LONGEST_BACKOFF_MS, intervalMs))
  }

  #stateOf(device: HubDevice, { telemetry }: Reading): HubDevice['pollState'] {
    if (!this.#isRestarting(device)) return 'online'
    if (!hasRestarted(device.restart, telemetry.uptimeSeconds)) return 'restarting'
    this.#settleRestart(device, true)
    return 'online'
  }

  /** After the grace period the restart counts as failed, and missed polls are failures again. */
  #isRestarting(device: HubDevice): device is HubDevice & { restart: Restart } {
    if (device.restart && performance.now() > device.restart.until) this.#settleRestart(device, false)
    return device.restart !== null
  }

  #settleRestart(device: HubDevice, back: boolean): void {
    device.restart?.settle(back)
    device.restart = null
  }

  #setState(device: HubDevice, to: HubDevice['pollState']): void {
    updateState(this.#parts.bus, device, () => (device.pollState = to))
  }
}

/** A miner goes down within a second of accepting a restart. After this time it has gone down or never will. */
const DOWN_BY_MS = 3000

/**
 * Whether the device has restarted: its uptime is shorter than the time since it accepted the restart (less one second of
 * rounding). An uptime can also be short because the device had only just started before. So it must also have missed a poll
 * or lost uptime since, or enough time must have passed for it to go down.
 */
function hasRestarted({ since, uptimeBefore, wasSilent }: Restart, uptimeSeconds: number | null): boolean {
  const elapsedMs = performance.now() - since
  if (uptimeSeconds === null || (uptimeSeconds - 1) * 1000 >= elapsedMs) return false
  const hasLostTime = uptimeBefore !== null && (uptimeSeconds + 1.5 - uptimeBefore) * 1000 < elapsedMs
  return wasSilent || hasLostTime || elapsedMs > DOWN_BY_MS
}
