import type { FastifyError, FastifyInstance } from 'fastify'
import { MinerNotBackError } from '../../src/errors/commands.ts'
import type { Action, OperationDevice } from '../../schemas/operation.ts'
import type { SettingsResult } from '../../schemas/settings.ts'
import type { Otp } from '../../schemas/system.ts'

type Parts = Pick<FastifyInstance, 'commands' | 'config' | 'deviceHub' | 'log'>

/** What an operation sends to each device. It may hold passwords, so it stays in memory and only while the operation runs. */
export interface DeviceCommand {
  action: Action
  settings?: Record<string, unknown>
  presetUuid?: string
  allowOverclock: boolean
  otp: Otp
}

/** The result of an operation for one device. */
export type DeviceOutcome = Omit<OperationDevice, 'mac' | 'startedAt' | 'finishedAt'>

/** Creates the function that runs a command on one device and returns its outcome. It never rejects. */
export function createPerform({ commands, config, deviceHub, log }: Parts) {
  async function write(
    mac: string,
    { settings, presetUuid, allowOverclock, otp }: DeviceCommand
  ): Promise<DeviceOutcome> {
    const request = { ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
    return toOutcome(await commands.write(mac, request, { allowOverclock, otp }))
  }

  async function restart(mac: string, { otp }: DeviceCommand): Promise<DeviceOutcome> {
    const { confirmed } = await commands.restart(mac, otp)
    const back = await within(config.RESTART_GRACE_MS, confirmed)
    if (back) return { status: 'applied' }
    const watched = (deviceHub.get(mac)?.state ?? 'idle') !== 'idle'
    if (back === null || !watched) return { status: 'applied', note: 'not monitored: restart not confirmed' }
    throw new MinerNotBackError(config.RESTART_GRACE_MS / 1000)
  }

  async function send(mac: string, command: DeviceCommand): Promise<DeviceOutcome> {
    const { action, otp } = command
    if (action === 'settings' || action === 'preset') return write(mac, command)
    if (action === 'restart') return restart(mac, command)
    const { message } = await commands[action](mac, otp)
    return { status: 'applied', ...(message && { note: message }) }
  }

  return async function perform(mac: string, command: DeviceCommand): Promise<DeviceOutcome> {
    if (!deviceHub.get(mac)) return { status: 'skipped', reason: 'no longer imprinted' }
    try {
      return await send(mac, command)
    } catch (error) {
      if (!deviceHub.get(mac)) return { status: 'unknown', reason: 'removed while the command was in progress' }
      return { status: 'failed', ...describeFailure(error, log) }
    }
  }
}
export type Perform = ReturnType<typeof createPerform>

function toOutcome({ applied, unchanged, notApplied, restartRequired }: SettingsResult): DeviceOutcome {
  const status = notApplied.length > 0 ? 'notApplied' : applied.length > 0 ? 'applied' : 'unchanged'
  return { status, applied, unchanged, notApplied, restartRequired }
}

/** Describes an error for a client. The details of an unexpected error go only to the log. */
export function describeFailure(error: unknown, log: FastifyInstance['log']): { reason: string; code: string } {
  const { statusCode = 500, code, message } = error as FastifyError
  if (statusCode !== 500) return { reason: message, code }
  log.error({ err: error }, 'an operation failed on a device with an unexpected error')
  return { reason: 'Internal error: see the log of the service', code: 'PLUTO_INTERNAL' }
}

/** Resolves as the promise does, or to false when that takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | false> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(resolve, ms, false).unref()
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
