import { randomUUIDv7 } from 'node:crypto'
import { stripSecrets } from '../../src/redact.ts'
import type { BulkBody, Operation, OperationDevice } from '../../schemas/operation.ts'
import type { Otp } from '../../schemas/system.ts'
import type { DeviceCommand } from './perform.ts'
import type { Selection } from './selection.ts'
import { countStatuses } from './store.ts'

/** Default number of devices that run at once. */
export const CONCURRENCY = 16

/** Creates the stored form of an operation and its devices, without the secrets of the request. */
export function toRecords(body: BulkBody, { macs, unknownMacs }: Selection) {
  const queued = macs.map((mac) => ({ mac, status: 'queued' as const }))
  const skipped = unknownMacs.map((mac) => ({ mac, status: 'skipped' as const, reason: 'not imprinted' }))
  const rows: OperationDevice[] = [...queued, ...skipped].sort((a, b) => (a.mac < b.mac ? -1 : 1))
  const { macs: _macs, dryRun: _dryRun, settings, ...request } = body
  const operation: Operation = {
    ...request,
    id: randomUUIDv7(),
    status: 'running',
    total: rows.length,
    counts: countStatuses(rows),
    ...(settings && { settings: withoutSecrets(settings) }),
    concurrency: concurrencyOf(body, macs.length),
    createdAt: new Date().toISOString()
  }
  return { operation, rows }
}

/** Creates the command for each device. It holds secrets, so it must not be stored. */
export function toCommand(
  { action, settings, presetUuid, allowOverclock = false }: BulkBody,
  otp: Otp = {}
): DeviceCommand {
  return { action, allowOverclock, otp, ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
}

/** Removes secrets, including the user part of pool URLs, where users sometimes put a password. */
function withoutSecrets(settings: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(stripSecrets(structuredClone(settings)))
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' && /url$/i.test(key) ? hideUser(value) : value])
  )
}

const hideUser = (url: string) => url.replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1*****@')

/** Restarts run in waves: a fleet that restarts at once mines nothing and can overload its router. */
function concurrencyOf({ action, concurrency = CONCURRENCY }: BulkBody, devices: number): number {
  const wave = Math.max(1, Math.min(10, Math.floor(devices / 10)))
  return action === 'restart' ? Math.min(concurrency, wave) : concurrency
}
