import type { AuditEntry } from '../../schemas/audit.ts'
import type { Discovered, Imprint } from '../../schemas/device.ts'
import type { Operation, OperationDevice } from '../../schemas/operation.ts'
import type { PresetRecord } from '../../schemas/preset.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import { hasTexts } from './table.ts'

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export const isImprint = hasTexts<Imprint>('mac', 'ip', 'ipSetAt', 'type', 'createdAt')
export const isDiscovered = (value: unknown): value is Discovered =>
  hasTexts<Discovered>('mac', 'ip', 'type', 'firstSeen', 'lastSeen')(value) && isObject(value.info)
export const isPreset = (value: unknown): value is PresetRecord =>
  hasTexts<PresetRecord>('uuid', 'name', 'createdAt', 'updatedAt')(value) &&
  hasTexts<PresetRecord['configuration']>('stratumURL', 'stratumUser')(value.configuration) &&
  isObject(value.secrets)
export const isOperation = (value: unknown): value is Operation =>
  hasTexts<Operation>('id', 'action', 'status', 'createdAt')(value) && isObject(value.counts)
export const isAuditEntry = (value: unknown): value is AuditEntry =>
  hasTexts<AuditEntry>('id', 'at', 'ip', 'method', 'action')(value) && Array.isArray(value.devices)
export const isText = (value: unknown): value is string => typeof value === 'string'

const isOperationRow = hasTexts<OperationDevice>('mac', 'status')
const isReading = hasTexts<StoredReading>('ip', 'at')

/** Every table of JSON records, with what tells a record of it, under its key, from what is none. */
const CHECKS: Record<string, (value: unknown, key: string) => boolean> = {
  imprinted: (value, key) => isImprint(value) && value.mac === key,
  discovered: (value, key) => isDiscovered(value) && value.mac === key,
  presets: (value, key) => isPreset(value) && value.uuid === key,
  operations: (value, key) => isOperation(value) && value.id === key,
  audit: (value, key) => isAuditEntry(value) && value.id === key,
  'operation-rows': (value, key) => isOperationRow(value) && key.endsWith(`:${value.mac}`),
  telemetry: isReading,
  meta: isText
}

/** The tables of JSON records, by name. What is beside them is the history, which is binary. */
export const TABLE_NAMES = Object.keys(CHECKS)

/** Tells a record of a table from what is none. */
export function isRecordOf(table: string, key: string, value: unknown): boolean {
  return Object.hasOwn(CHECKS, table) && CHECKS[table]?.(value, key) === true
}
