import type { Dialect, Identity } from '../../../schemas/telemetry.ts'
import { isObject, readFlag, readNumber, readObject, readText, readNonEmptyText, type Info } from './fields.ts'
import { findModel } from './models.ts'

const MAX_ASICS = 32

/**
 * Whether a parsed answer is a miner's info: an object with a text `ASICModel`, or, for NerdQAxe firmware that omits it, a
 * text `deviceModel` and a `hashRate` (AXEOS.md 2.2).
 */
export function isInfo(value: unknown): value is Info {
  if (!isObject(value)) return false
  return typeof value.ASICModel === 'string' || (typeof value.deviceModel === 'string' && 'hashRate' in value)
}

/** Returns the dialect of a firmware: the rules of its `PATCH /api/system` (AXEOS.md 3.1). */
function dialectOf(info: Info): Dialect {
  if ('deviceModel' in info || 'hostip' in info) return 'nerdqaxe'
  if ('pools' in info || 'primaryPoolIndex' in info) return 'pools'
  if (typeof info.bestDiff === 'number' || 'manualFanSpeed' in info) return 'strict'
  return 'lenient'
}

/** Reads whether the fallback pool is in use: a flag in any form, or NerdQAxe's `stratum.usingFallback` (AXEOS.md 2.3). */
export function readUsingFallback(info: Info): boolean | null {
  return readFlag(info, 'isUsingFallbackStratum') ?? readFlag(readObject(info, 'stratum'), 'usingFallback')
}

/** Reads a miner's identity: its hardware, its firmware and its pool (AXEOS.md 2.2, 2.3). */
export function readIdentity(info: Info): Identity {
  const deviceModel = readNonEmptyText(info, 'deviceModel')
  const boardVersion = readNonEmptyText(info, 'boardVersion')
  const known = findModel(deviceModel, boardVersion)
  return {
    hostname: readText(info, 'hostname'),
    model: deviceModel ?? known?.model ?? null,
    asicModel: readNonEmptyText(info, 'ASICModel') ?? known?.asicModel ?? 'unknown',
    asicCount: readAsicCount(info) ?? known?.asicCount ?? null,
    boardVersion,
    version: readNonEmptyText(info, 'version'),
    pool: readUsingFallback(info) ? readPool(info, 'fallbackStratum') : readPool(info, 'stratum'),
    dialect: dialectOf(info)
  }
}

/** The largest board has 12 ASICs (AXEOS.md 4.3). */
function readAsicCount(info: Info): number | null {
  const count = readNumber(info, 'asicCount')
  return count !== null && Number.isInteger(count) && count >= 1 && count <= MAX_ASICS ? count : null
}

/** Reads a pool as `host:port`. The firmware expects a bare host, but users type URLs, which may contain a password. */
function readPool(info: Info, prefix: 'stratum' | 'fallbackStratum'): string | null {
  const host = readText(info, `${prefix}URL`)
    ?.replace(/^[a-z0-9+.-]*:\/\//i, '')
    .replace(/^.*@/, '')
    .trim()
  if (!host) return null
  const port = readNumber(info, `${prefix}Port`)
  return port === null || port <= 0 ? host : `${host}:${port}`
}
