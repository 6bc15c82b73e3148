import { isDeepStrictEqual } from 'node:util'
import { UnsafeFirmwareError } from '../../../src/errors/commands.ts'
import type { SettingsPlan } from '../../../schemas/settings.ts'
import type { AsicOptions, Dialect, Identity, Reading } from '../../../schemas/telemetry.ts'
import type { Info } from '../reading/fields.ts'
import { isInfo } from '../reading/identity.ts'
import { isOlder } from '../reading/version.ts'
import { checkEchoedValue, isTransient } from './device-changes.ts'
import { checkFanSpeed, switchesToManual } from './fan-speed.ts'
import { checkLimits, type Limits } from './limits.ts'
import { flattenFans, toFans } from './nerd-fans.ts'
import { createPartialPlan, planValue, type FlagFormat, type PartialPlan } from './plan-value.ts'
import { planPools } from './pool-plan.ts'
import { splitFlatName } from './pool-slots.ts'
import { splitPoolUrl } from './pool-url.ts'
import { flag, isSameValue, type Settability, type Setting, type Settings } from './rules.ts'
import { explainMissing, isKnownSetting } from './setting-history.ts'
import { listSettings } from './settings.ts'

const FLAG_FORMATS: Record<Dialect, FlagFormat> = {
  lenient: 'number',
  strict: 'as shown',
  pools: 'as shown',
  nerdqaxe: 'boolean'
}

/** A request for settings, and the miner that it is for. */
interface Request {
  readonly plan: PartialPlan
  readonly reading: Reading
  readonly settings: Settings
  readonly limits: Limits
  readonly requested: Info
  /** The client sends back a whole info, most of which is not a request. */
  readonly isEcho: boolean
}

// Added to the info for clients (CONTRACT.md 2)
const ADDED_FIELDS = new Set(['frequencyOptions', 'coreVoltageOptions'])

/**
 * Plans the one write that gives a miner the requested settings: only what differs, in the keys, types and shapes of its
 * firmware. Sends nothing. Passwords cannot be compared, so they are written unless they are `*****`.
 * @param requested an info sent back as a whole, or some of its fields
 * @throws {SettingNotAllowedError} a value has the wrong type or is out of range
 * @throws {UnsafeFirmwareError} the write would crash this firmware
 */
export function planSettings(
  reading: Reading,
  options: AsicOptions,
  requested: Record<string, unknown>,
  { allowOverclock }: { allowOverclock: boolean }
): SettingsPlan {
  const { identity } = reading
  const { dialect } = identity
  const request = {
    plan: createPartialPlan(),
    reading,
    settings: listSettings(reading),
    limits: { options, identity, allowOverclock },
    requested: dialect === 'pools' ? requested : splitPoolUrls(requested, reading.info),
    isEcho: isInfo(requested)
  }
  if (dialect === 'pools') planPools(request.plan, reading, requested, request.isEcho)
  for (const [field, value] of Object.entries(request.requested)) planField(request, field, value)
  if (dialect === 'nerdqaxe') planFans(request)
  return finishPlan(request.plan, identity)
}

function finishPlan(plan: PartialPlan, identity: Identity): SettingsPlan {
  const body = Object.keys(plan.body).length === 0 ? null : plan.body
  if (body && crashesOnWrites(identity)) throw new UnsafeFirmwareError(String(identity.version))
  return { ...plan, body }
}

/** AXEOS.md 3.1. */
function crashesOnWrites({ dialect, version }: Identity): boolean {
  return dialect !== 'nerdqaxe' && isOlder(version, '2.0.4') && !isOlder(version, '2.0.0')
}

/** Splits pool URLs for firmware with flat pool keys. */
function splitPoolUrls(requested: Info, info: Info): Info {
  return ['stratum', 'fallbackStratum'].reduce(
    (split, prefix) =>
      splitPoolUrl(split, info, Object.hasOwn(info, `${prefix}TLS`), { prefix, fieldOf: (key) => key }),
    requested
  )
}

function planField(request: Request, field: string, value: unknown): void {
  const { plan, settings, reading, limits } = request
  if (isSkipped(request, field, value)) return
  const setting = settings.get(field)
  if (!setting) return planUnknown(request, field, value)
  const settability = checkField(request, field, value, setting)
  if (settability === 'ignored') return
  if (settability !== 'settable') return void plan.refused.push({ field, reason: settability.refused })
  const flags = FLAG_FORMATS[reading.identity.dialect]
  const to = planValue(plan, field, value, withoutAutomaticSpeed(request, setting), flags, (read) =>
    checkLimits(field, read, limits)
  )
  if (to !== undefined) plan.body[setting.key] = to
}

/** Whether a field is planned elsewhere, or cannot be a request. */
function isSkipped({ settings, reading, requested, isEcho }: Request, field: string, value: unknown): boolean {
  if (ADDED_FIELDS.has(field) || value === undefined) return true
  if (isEcho && (value === null || field === 'overheat_mode')) return true
  if (reading.identity.dialect === 'pools' && (field === 'pools' || splitFlatName(field))) return true
  if (field === 'fans' && reading.info.fans !== undefined) return true
  const key = settings.get(field)?.key
  return key !== undefined && key !== field && field !== 'manualFanSpeed' && Object.hasOwn(requested, key)
}

function checkField(
  { reading, requested, isEcho }: Request,
  field: string,
  value: unknown,
  setting: Setting
): Settability {
  const settability = checkFanSpeed(field, requested, reading, isEcho)
  if (settability !== 'settable' || !isEcho || isSameValue(setting.rule, value, setting.current)) return settability
  return checkEchoedValue(field, value, requested, reading)
}

/** The present speed of an automatic fan is not its setting, so a request for the same speed is a change. */
function withoutAutomaticSpeed({ requested, reading }: Request, setting: Setting): Setting {
  const isAutomatic = setting.key === 'fanspeed' && switchesToManual(requested, reading)
  return isAutomatic ? { ...setting, current: undefined } : setting
}

/** Refuses a field that the firmware cannot set, unless the client only echoed it. */
function planUnknown({ plan, reading, isEcho }: Request, field: string, value: unknown): void {
  const { info, identity } = reading
  if (Object.hasOwn(info, field)) {
    if (isEcho || !isKnownSetting(field) || isDeepStrictEqual(value, info[field])) return
    const reason = `this firmware (${identity.version}) reports it, but cannot set it`
    return void plan.refused.push({ field, reason })
  }
  if (isEcho && isTransient(field)) return
  if (field.endsWith('tratumTLS') && flag.read(value) === false) return void plan.unchanged.push(field)
  plan.refused.push({ field, reason: explainMissing(field, identity) })
}

/** Plans NerdQAxe's fans: single values that change are written as the whole list. */
function planFans({ plan, reading, settings, requested }: Request): void {
  const values = new Map<string, unknown>()
  for (const [field, value] of Object.entries(flattenFans(requested))) {
    const setting = settings.get(field)
    const to = setting && planValue(plan, field, value, setting, 'boolean')
    if (to !== undefined) values.set(field, to)
  }
  if (values.size > 0) plan.body.fans = toFans(reading.info, values, plan.body)
}
