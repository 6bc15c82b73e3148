import type { AuditEntry } from '../../schemas/audit.ts'
import type { Discovered, Imprint } from '../../schemas/device.ts'
import type { Operation, OperationDevice } from '../../schemas/operation.ts'
import type { PresetRecord } from '../../schemas/preset.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import { hasStrings } from './table.ts'

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export const isImprint = hasStrings<Imprint>('mac', 'ip', 'ipSetAt', 'type', 'createdAt')
export const isDiscovered = (value: unknown): value is Discovered =>
  hasStrings<Discovered>('mac', 'ip', 'type', 'firstSeen', 'lastSeen')(value) && isObject(value.info)
export const isPreset = (value: unknown): value is PresetRecord =>
  hasStrings<PresetRecord>('uuid', 'name', 'createdAt', 'updatedAt')(value) &&
  hasStrings<PresetRecord['configuration']>('stratumURL', 'stratumUser')(value.configuration) &&
  isObject(value.secrets)
export const isOperation = (value: unknown): value is Operation =>
  hasStrings<Operation>('id', 'action', 'status', 'createdAt')(value) && isObject(value.counts)
export const isAuditEntry = (value: unknown): value is AuditEntry =>
  hasStrings<AuditEntry>('id', 'at', 'ip', 'method', 'action')(value) && Array.isArray(value.devices)
export const isString = (value: unknown): value is string => typeof value === 'string'

const isOperationDevice = hasStrings<OperationDevice>('mac', 'status')
const isReading = hasStrings<StoredReading>('ip', 'at')

/** One sublevel of the database: a table of JSON records, or binary records if it has no `isRecord`. */
interface Sublevel {
  key: string
  holds: string
  writtenBy: string
  when: string
  /** Whether a value is a record of this table under this key. */
  isRecord?(value: unknown, key: string): boolean
}

/** Every sublevel of the database, by name. The table of stores in docs/ARCHITECTURE.md has the same texts. */
export const SUBLEVELS: Readonly<Record<string, Sublevel>> = {
  imprinted: {
    key: 'MAC',
    holds: "A device's identity and the user's choices: address, type, preset",
    writtenBy: '`devices`, `commands`',
    when: 'At each request, synced before the answer',
    isRecord: (value, key) => isImprint(value) && value.mac === key
  },
  discovered: {
    key: 'MAC',
    holds: "A discovered miner's address, answer, source, and first and last time seen",
    writtenBy: '`discovery`',
    when: 'After each search, not synced: a search can be repeated',
    isRecord: (value, key) => isDiscovered(value) && value.mac === key
  },
  presets: {
    key: 'UUID',
    holds: 'Settings that devices share, passwords sealed',
    writtenBy: '`presets`',
    when: 'At each request, synced before the answer',
    isRecord: (value, key) => isPreset(value) && value.uuid === key
  },
  operations: {
    key: 'UUID',
    holds: 'What an operation does, its status and its counts',
    writtenBy: '`operations`',
    when: 'When it starts and ends, synced',
    isRecord: (value, key) => isOperation(value) && value.id === key
  },
  audit: {
    key: 'sequence number',
    holds: 'Who requested which change, and how it was answered',
    writtenBy: '`audit`',
    when: 'Within a second after the answer, not synced',
    isRecord: (value, key) => isAuditEntry(value) && value.id === key
  },
  'operation-rows': {
    key: 'UUID and MAC',
    holds: 'The status of one device in an operation',
    writtenBy: '`operations`',
    when: 'When it is queued, and before and after each request to the miner; the outcome not synced',
    isRecord: (value, key) => isOperationDevice(value) && key.endsWith(`:${value.mac}`)
  },
  telemetry: {
    key: 'MAC',
    holds: 'The last answer with its address and time, and the option lists',
    writtenBy: '`devices`, `recorder`',
    when: 'With the imprint, synced; then every `TELEMETRY_FLUSH_MS`, when a device moves, and on close, not synced',
    isRecord: isReading
  },
  history: {
    key: 'hour and MAC',
    holds: 'Averages of an hour, minute by minute, in binary; `fleet` instead of a MAC for the whole fleet',
    writtenBy: '`history`',
    when: 'Every five minutes and on close, unless `PROMETHEUS_HOST` is set; not synced'
  },
  meta: {
    key: 'name',
    holds: "The version of the records, the id of the vault's key, and the state of the Grafana integration",
    writtenBy: '`db`, `vault`, `grafana`',
    when: 'On change',
    isRecord: isString
  }
}

/** Names of the tables of JSON records. */
export const TABLE_NAMES = Object.keys(SUBLEVELS).filter((name) => SUBLEVELS[name]?.isRecord)

/** Whether a value is a record of a table under this key. False for an unknown table. */
export function isRecordOf(table: string, key: string, value: unknown): boolean {
  return Object.hasOwn(SUBLEVELS, table) && SUBLEVELS[table]?.isRecord?.(value, key) === true
}
