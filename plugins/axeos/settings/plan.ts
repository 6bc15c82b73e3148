import { isDeepStrictEqual } from 'node:util'
import type { SettingsPlan } from '../../../schemas/settings.ts'
import type { AsicOptions, Dialect, Identity, Reading } from '../../../schemas/telemetry.ts'
import { UnsafeFirmwareError } from '../../../src/errors/commands.ts'
import { note, startDraft, type Draft, type FlagForm } from './draft.ts'
import { becomesManual, objectionToFan } from './fan-speed.ts'
import type { Info } from '../reading/fields.ts'
import { isInfo } from '../reading/identity.ts'
import { checkClock, type Limits } from './limits.ts'
import { comesAndGoes, whyMoved } from './moved.ts'
import { flattenFans, toFans } from './nerd-fans.ts'
import { planPools } from './pool-plan.ts'
import { splitFlat } from './pool-slots.ts'
import { splitPoolUrl } from './pool-url.ts'
import { flag, isSame } from './rules.ts'
import { isSettingSomewhere, whyMissing } from './setting-history.ts'
import type { Setting, Settings } from './setting.ts'
import { settingsOf } from './settings.ts'
import { isOlder } from '../reading/version.ts'

const FLAGS: Record<Dialect, FlagForm> = { A: 'number', B: 'as shown', C: 'as shown', N: 'boolean' }

/** What is to be planned, and for which miner. */
interface Request {
  readonly draft: Draft
  readonly reading: Reading
  readonly settings: Settings
  readonly limits: Limits
  readonly asked: Info
  /** The client sends back a whole info, most of which it does not mean. */
  readonly echo: boolean
}

// Added to the info for clients (CONTRACT.md 2)
const OURS = new Set(['frequencyOptions', 'coreVoltageOptions'])

/**
 * Works out the one write that gives a miner the settings that a client wants: only what differs, in the keys, types and
 * shapes of its firmware. Passwords cannot be compared: they are written whenever they are given, unless as `*****`.
 * @param wanted a whole info echoed back, or a few fields of it
 * @throws {SettingNotAllowedError} a value has the wrong type or is out of range
 * @throws {UnsafeFirmwareError} something would have to be written to a firmware that crashes on it
 */
export function planSettings(
  reading: Reading,
  options: AsicOptions,
  wanted: Record<string, unknown>,
  { allowOverclock }: { allowOverclock: boolean }
): SettingsPlan {
  const { identity } = reading
  const draft = startDraft()
  const echo = isInfo(wanted)
  const asked = identity.dialect === 'C' ? wanted : splitFields(wanted, reading.info)
  const limits = { options, identity, allowOverclock }
  const request = { draft, reading, settings: settingsOf(reading), limits, asked, echo }
  if (identity.dialect === 'C') planPools(draft, reading, wanted, echo)
  for (const [field, value] of Object.entries(asked)) planField(request, field, value)
  if (identity.dialect === 'N') planFans(request)
  const body = Object.keys(draft.body).length === 0 ? null : draft.body
  if (body && isUnsafe(identity)) throw new UnsafeFirmwareError(String(identity.version))
  return { ...draft, body }
}

/** AXEOS.md 3.1. */
function isUnsafe({ dialect, version }: Identity): boolean {
  return dialect !== 'N' && isOlder(version, '2.0.4') && !isOlder(version, '2.0.0')
}

/** Pool URLs in parts, for firmware with flat pool keys. */
function splitFields(wanted: Info, info: Info): Info {
  return ['stratum', 'fallbackStratum'].reduce(
    (asked, prefix) =>
      splitPoolUrl(asked, info, Object.hasOwn(info, `${prefix}TLS`), { prefix, fieldOf: (key) => key }),
    wanted
  )
}

function planField(request: Request, field: string, value: unknown): void {
  const { draft, settings, reading, limits } = request
  if (isPassedOver(request, field, value)) return
  const setting = settings.get(field)
  if (!setting) return planUnknown(request, field, value)
  const objection = objectionTo(request, field, value, setting)
  if (objection) draft.refused.push({ field, reason: objection })
  if (objection !== null) return
  const to = note(draft, field, value, comparable(request, setting), FLAGS[reading.identity.dialect], (read) =>
    checkClock(field, read, limits)
  )
  if (to !== undefined) draft.body[setting.key] = to
}

/** Whether a field is dealt with elsewhere, or is none that a client can mean. */
function isPassedOver({ settings, reading, asked, echo }: Request, field: string, value: unknown): boolean {
  if (OURS.has(field) || value === undefined || (echo && (value === null || field === 'overheat_mode'))) return true
  if (reading.identity.dialect === 'C' && (field === 'pools' || splitFlat(field))) return true
  if (field === 'fans' && reading.info.fans !== undefined) return true
  const key = settings.get(field)?.key
  return key !== undefined && key !== field && field !== 'manualFanSpeed' && Object.hasOwn(asked, key)
}

/** null: none. An empty text: one that nobody needs to hear of. */
function objectionTo(
  { reading, asked, echo }: Request,
  field: string,
  value: unknown,
  setting: Setting
): string | null {
  const objection = objectionToFan(field, asked, reading, echo)
  if (objection !== null || !echo || isSame(setting.rule, value, setting.current)) return objection
  return whyMoved(field, value, asked, reading)
}

/** What a fan does while it is regulated is not what it is set to: such a speed equals none. */
function comparable({ asked, reading }: Request, setting: Setting): Setting {
  return setting.key === 'fanspeed' && becomesManual(asked, reading) ? { ...setting, current: undefined } : setting
}

/** Tells the client of what it meant and cannot have, not of what it merely echoed. */
function planUnknown({ draft, reading, echo }: Request, field: string, value: unknown): void {
  const { info, identity } = reading
  if (Object.hasOwn(info, field)) {
    if (echo || !isSettingSomewhere(field) || isDeepStrictEqual(value, info[field])) return
    return void draft.refused.push({
      field,
      reason: `this firmware (${identity.version}) tells it, but does not take it`
    })
  }
  if (echo && comesAndGoes(field)) return
  if (field.endsWith('tratumTLS') && flag.read(value) === false) return void draft.unchanged.push(field)
  draft.refused.push({ field, reason: whyMissing(field, identity) })
}

/** NerdQAxe's fans: one list, of which single values may have changed. */
function planFans({ draft, reading, settings, asked }: Request): void {
  const values = new Map<string, unknown>()
  for (const [field, value] of Object.entries(flattenFans(asked))) {
    const setting = settings.get(field)
    const to = setting && note(draft, field, value, setting, 'boolean')
    if (to !== undefined) values.set(field, to)
  }
  if (values.size > 0) draft.body.fans = toFans(reading.info, values, draft.body)
}
