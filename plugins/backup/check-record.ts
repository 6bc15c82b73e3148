import { FormatRegistry, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { FastifyInstance } from 'fastify'
import type { StoredRecord } from '../../src/backup-file/format.ts'
import { formats } from '../../src/http/validation.ts'
import { normalizeMac } from '../../src/mac.ts'
import { parseAddress } from '../../src/network.ts'
import { stripSecrets } from '../../src/redact.ts'
import { isDeeper } from '../../src/safe-json.ts'
import { DiscoveredSchema, ImprintSchema, type Discovered, type Imprint } from '../../schemas/device.ts'
import {
  DEVICE_STATUSES,
  OperationDeviceSchema,
  OperationSchema,
  type Operation,
  type OperationDevice
} from '../../schemas/operation.ts'
import { PresetNameSchema, StoredSettingsSchema, type PresetRecord } from '../../schemas/preset.ts'
import { StoredReadingSchema, type StoredReading } from '../../schemas/telemetry.ts'

/** As deep as a miner's answer may nest. */
const MAX_INFO_DEPTH = 16
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const ENDED = new Set(['done', 'cancelled', 'stopped', 'interrupted'])
const SECRETS = ['stratumPassword', 'fallbackStratumPassword'] as const
/** Keys of `meta` that a backup may hold: lists of dashboards. */
const META_KEYS = new Set(['grafana.published', 'grafana.removals'])

const isTime = (text: string) => TIME.test(text) && Number.isFinite(Date.parse(text))
FormatRegistry.Set('mac', formats.mac)
FormatRegistry.Set('address', formats.address)
FormatRegistry.Set('date-time', isTime)
FormatRegistry.Set('uuid', (text) => UUID.test(text))
FormatRegistry.Set('port', formats.port)

/** What is wrong with a record: the field, and the reason. */
class RecordError extends Error {}
const refuse = (field: string, reason: string): never => {
  throw new RecordError(`${field} ${reason}`)
}

type Parts = Pick<FastifyInstance, 'axeos' | 'presets' | 'vault'>

/**
 * Creates the check of a record's meaning. A record that passes is one that this service could have written; secrets in the
 * answer of a miner are removed, in place.
 */
export function createRecordCheck({ axeos, presets, vault }: Parts) {
  function checkInfo(info: Record<string, unknown>, mac: string): void {
    if (isDeeper(info, MAX_INFO_DEPTH)) refuse('info', `nests deeper than ${MAX_INFO_DEPTH} levels`)
    stripSecrets(info)
    const reported = axeos.toReading(info).mac
    if (reported !== null && reported !== mac) refuse('info.macAddr', 'is that of another miner')
  }

  function checkPreset({ uuid, name, configuration, secrets, createdAt, updatedAt }: PresetRecord): void {
    if (!UUID.test(uuid)) refuse('uuid', 'is not a UUID')
    checkSchema(PresetNameSchema, name, 'name')
    checkSchema(StoredSettingsSchema, configuration, 'configuration')
    presets.checkTemplates(configuration)
    for (const [field, time] of Object.entries({ createdAt, updatedAt }))
      if (!isTime(time)) refuse(field, 'is not a time')
    for (const [field, sealed] of Object.entries(secrets)) checkSecret(uuid, field, sealed)
  }

  function checkSecret(uuid: string, name: string, sealed: unknown): void {
    const field = SECRETS.find((known) => known === name)
    if (!field || typeof sealed !== 'string') return refuse(`secrets.${name.slice(0, 50)}`, 'is not a sealed password')
    try {
      vault.open(sealed, presets.secretContext(uuid, field))
    } catch {
      refuse(`secrets.${field}`, 'was not sealed for this preset, or is damaged: restore without passwords')
    }
  }

  const checks: Record<string, (value: never, key: string) => void> = {
    imprinted(value: Imprint) {
      checkSchema(ImprintSchema, value)
      checkMac(value.mac)
    },
    discovered(value: Discovered) {
      checkSchema(DiscoveredSchema, value)
      checkMac(value.mac)
      checkInfo(value.info, value.mac)
    },
    presets: checkPreset,
    operations: checkOperation,
    'operation-rows'(value: OperationDevice, key: string) {
      checkSchema(OperationDeviceSchema, value)
      checkMac(value.mac)
      if (!DEVICE_STATUSES.includes(value.status)) refuse('status', 'is unknown')
      if (!UUID.test(key.slice(0, key.indexOf(':')))) refuse('key', 'does not name an operation')
    },
    telemetry(value: StoredReading, key: string) {
      checkSchema(StoredReadingSchema, value)
      if (normalizeMac(key) !== key) refuse('key', 'is not a MAC')
      if (!isTime(value.at)) refuse('at', 'is not a time')
      if (parseAddress(value.ip) === null) refuse('ip', 'is not an address')
      checkInfo(value.info, key)
    },
    meta: checkMeta
  }

  /** @returns what is wrong with the record; null when nothing is */
  return function findFault({ table, key, value }: StoredRecord): string | null {
    try {
      checks[table]?.(value as never, key)
      return null
    } catch (error) {
      return (error as Error).message
    }
  }
}

function checkSchema(schema: TSchema, value: unknown, prefix?: string): void {
  if (Value.Check(schema, value)) return
  const error = Value.Errors(schema, value).First()
  const path = (error?.path ?? '').slice(1).replaceAll('/', '.').slice(0, 100)
  refuse(
    [prefix, path].filter(Boolean).join('.') || 'value',
    `is not valid (${error?.message.toLowerCase() ?? 'unknown'})`
  )
}

function checkMac(mac: string): void {
  if (normalizeMac(mac) !== mac) refuse('mac', 'is not a MAC in lower case with colons')
}

function checkOperation(operation: Operation): void {
  checkSchema(OperationSchema, operation)
  const { status, counts, finishedAt, total } = operation
  for (const [name, count] of Object.entries(counts)) if (count < 0) refuse(`counts.${name}`, 'is negative')
  const sum = Object.values(counts).reduce((all, count) => all + count, 0)
  if (sum !== total) refuse('total', 'is not the sum of counts')
  if (ENDED.has(status) !== (finishedAt !== undefined)) refuse('finishedAt', `does not fit the status "${status}"`)
}

function checkMeta(value: string, key: string): void {
  if (!META_KEYS.has(key)) refuse('key', 'is unknown')
  const list: unknown = JSON.parse(value)
  if (!Array.isArray(list) || !list.every((uid) => typeof uid === 'string'))
    refuse('value', 'is not a list of dashboards')
}
