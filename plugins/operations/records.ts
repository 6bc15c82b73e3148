import { randomUUIDv7 } from 'node:crypto'
import { stripSecrets } from '../../src/redact.ts'
import type { BulkBody, Operation, OperationDevice } from '../../schemas/operation.ts'
import type { Order } from './perform.ts'
import type { Selection } from './selection.ts'
import { countStatuses } from './store.ts'

/** Devices that are spoken to at once, unless the client says otherwise. */
export const CONCURRENCY = 16

/** A new operation and its devices, as they are stored: without the secrets of the request. */
export function toRecords(body: BulkBody, { macs, strangers }: Selection) {
  const queued = macs.map((mac) => ({ mac, status: 'queued' as const }))
  const skipped = strangers.map((mac) => ({ mac, status: 'skipped' as const, reason: 'not imprinted' }))
  const rows: OperationDevice[] = [...queued, ...skipped].sort((a, b) => (a.mac < b.mac ? -1 : 1))
  const { macs: _macs, dryRun: _dryRun, settings, ...asked } = body
  const operation: Operation = {
    ...asked,
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

/** What each device is asked for, secrets and all: for memory alone. */
export function toOrder(
  { action, settings, presetUuid, allowOverclock = false }: BulkBody,
  otp: Order['otp'] = {}
): Order {
  return { action, allowOverclock, otp, ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
}

/** Users type passwords into pool URLs, too. */
function withoutSecrets(settings: Record<string, unknown>): Record<string, unknown> {
  const open = Object.entries(stripSecrets(structuredClone(settings)))
  return Object.fromEntries(
    open.map(([key, value]) => [key, typeof value === 'string' && /url$/i.test(key) ? hideUser(value) : value])
  )
}

const hideUser = (url: string) => url.replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1*****@')

/** A fleet that restarts all at once mines nothing, and its router may not bear it: restarts go in waves. */
function concurrencyOf({ action, concurrency = CONCURRENCY }: BulkBody, devices: number): number {
  const wave = Math.max(1, Math.min(10, Math.floor(devices / 10)))
  return action === 'restart' ? Math.min(concurrency, wave) : concurrency
}
