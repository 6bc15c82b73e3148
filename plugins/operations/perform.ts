import type { FastifyError, FastifyInstance } from 'fastify'
import { MinerNotBackError } from '../../src/errors/commands.ts'
import type { Action, OperationDevice } from '../../schemas/operation.ts'
import type { SettingsResult } from '../../schemas/settings.ts'

type Parts = Pick<FastifyInstance, 'commands' | 'config' | 'deviceHub' | 'log'>

/** What a request asks of each device. It may hold passwords: it stays in memory, and is gone with the operation's end. */
export interface Order {
  action: Action
  settings?: Record<string, unknown>
  presetUuid?: string
  allowOverclock: boolean
  otp: { totp?: string; session?: string }
}

/** What became of one device. */
export type Outcome = Omit<OperationDevice, 'mac' | 'startedAt' | 'finishedAt'>

/** Makes the function that asks one device for what was ordered, and tells what became of it. It never rejects. */
export function createPerform({ commands, config, deviceHub, log }: Parts) {
  async function write(mac: string, { settings, presetUuid, allowOverclock, otp }: Order): Promise<Outcome> {
    const wanted = { ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
    return toOutcome(await commands.write(mac, wanted, { allowOverclock, otp }))
  }

  async function restart(mac: string, { otp }: Order): Promise<Outcome> {
    const { confirmed } = await commands.restart(mac, otp)
    const back = await within(config.RESTART_GRACE_MS, confirmed)
    if (back) return { status: 'applied' }
    const watched = (deviceHub.get(mac)?.state ?? 'idle') !== 'idle'
    if (back === null || !watched) return { status: 'applied', note: 'not monitored: not confirmed' }
    throw new MinerNotBackError(config.RESTART_GRACE_MS / 1000)
  }

  async function ask(mac: string, order: Order): Promise<Outcome> {
    const { action, otp } = order
    if (action === 'settings' || action === 'preset') return write(mac, order)
    if (action === 'restart') return restart(mac, order)
    const { message } = await commands[action](mac, otp)
    return { status: 'applied', ...(message && { note: message }) }
  }

  return async function perform(mac: string, order: Order): Promise<Outcome> {
    if (!deviceHub.get(mac)) return { status: 'skipped', reason: 'not imprinted any more' }
    try {
      return await ask(mac, order)
    } catch (error) {
      if (!deviceHub.get(mac)) return { status: 'unknown', reason: 'removed while it was spoken to' }
      return { status: 'failed', ...explain(error, log) }
    }
  }
}
export type Perform = ReturnType<typeof createPerform>

function toOutcome({ applied, unchanged, notApplied, restartRequired }: SettingsResult): Outcome {
  const status = notApplied.length > 0 ? 'notApplied' : applied.length > 0 ? 'applied' : 'unchanged'
  return { status, applied, unchanged, notApplied, restartRequired }
}

/** Puts an error into words for a client: a bug stays in the log. */
export function explain(error: unknown, log: FastifyInstance['log']): { reason: string; code: string } {
  const { statusCode = 500, code, message } = error as FastifyError
  if (statusCode !== 500) return { reason: message, code }
  log.error({ err: error }, 'a device of an operation failed for an unforeseen reason')
  return { reason: 'Something went wrong inside the service: its log has the details', code: 'PLUTO_INTERNAL' }
}

/** What a promise resolves to within a time; false when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | false> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(resolve, ms, false).unref()
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
