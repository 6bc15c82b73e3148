import type { Dialect, Identity } from '../../../schemas/telemetry.ts'
import { isObject, readFlag, readNumber, readObject, readText, readWord, type Info } from './fields.ts'
import { findModel } from './models.ts'

/**
 * Tells whether a parsed answer is a miner's info: an object with a text `ASICModel`, or, for NerdQAxe firmware whose
 * answer came without it, a text `deviceModel` beside a `hashRate` (AXEOS.md 2.2).
 */
export function isInfo(value: unknown): value is Info {
  if (!isObject(value)) return false
  return typeof value.ASICModel === 'string' || (typeof value.deviceModel === 'string' && 'hashRate' in value)
}

/** Chooses the rules by which this firmware takes settings (AXEOS.md 3.1). */
export function dialectOf(info: Info): Dialect {
  if ('deviceModel' in info || 'hostip' in info) return 'N'
  if ('pools' in info || 'primaryPoolIndex' in info) return 'C'
  if (typeof info.bestDiff === 'number' || 'manualFanSpeed' in info) return 'B'
  return 'A'
}

/** Reads whether the fallback pool is in use: a number, a flag, or NerdQAxe's `stratum.usingFallback` (AXEOS.md 2.3). */
export function readUsingFallback(info: Info): boolean | null {
  return readFlag(info, 'isUsingFallbackStratum') ?? readFlag(readObject(info, 'stratum'), 'usingFallback')
}

/** Reads what a miner is and which pool it works for (AXEOS.md 2.2, 2.3). */
export function readIdentity(info: Info): Identity {
  const deviceModel = readWord(info, 'deviceModel')
  const boardVersion = readWord(info, 'boardVersion')
  const known = findModel(deviceModel, boardVersion)
  return {
    hostname: readText(info, 'hostname'),
    model: deviceModel ?? known?.model ?? null,
    asicModel: readWord(info, 'ASICModel') ?? known?.asicModel ?? 'unknown',
    asicCount: readNumber(info, 'asicCount') ?? known?.asicCount ?? null,
    boardVersion,
    version: readWord(info, 'version'),
    pool: readUsingFallback(info) ? readPool(info, 'fallbackStratum') : readPool(info, 'stratum'),
    dialect: dialectOf(info)
  }
}

/** A pool's address as `host:port`: the firmware wants a bare host, users type URLs, which may hold a password. */
function readPool(info: Info, prefix: 'stratum' | 'fallbackStratum'): string | null {
  const host = readText(info, `${prefix}URL`)
    ?.replace(/^[a-z0-9+.-]*:\/\//i, '')
    .replace(/^.*@/, '')
    .trim()
  if (!host) return null
  const port = readNumber(info, `${prefix}Port`)
  return port === null || port <= 0 ? host : `${host}:${port}`
}
