import type { Telemetry } from '../../../schemas/telemetry.ts'
import { divide, readNumber, readObjects, readUnless, type Info } from './fields.ts'

type Fans = Telemetry['fans']

/** Maximum number of fans that are read from a list. */
export const MAX_FANS = 8

/**
 * Reads the fans of a board. The first fan's speed is `fanrpm`, before v2.1.9 `fanSpeedRpm`, before v2.1.4 `fanSpeed`;
 * `fanspeed`, which differs only in case, is its duty cycle in percent (AXEOS.md 2.1). NerdQAxe lists all fans in `fans`
 * since 1.0.37.
 */
export function readFans(info: Info): Fans {
  const listed = readObjects(info, 'fans', MAX_FANS).map((fan) => toFan(fan, ['rpm'], 'speedPerc'))
  if (listed.length > 0) return listed
  const first = toFan(info, ['fanrpm', 'fanSpeedRpm', 'fanSpeed'], 'fanspeed')
  return [...(first.rpm === null && first.ratio === null ? [] : [first]), ...readSecondFan(info)]
}

/** Boards with one fan send 0 for the second, so it exists if it turns or if the miner counts two. */
function readSecondFan(info: Info): Fans {
  const second = toFan(info, ['fan2rpm', 'fanrpm2'], 'fanspeed2')
  const count = readNumber(info, 'fanCount') ?? 0
  return (second.rpm ?? 0) > 0 || (count > 1 && count <= MAX_FANS) ? [second] : []
}

function toFan(info: Info, rpmKeys: string[], percentKey: string): Fans[number] {
  const key = rpmKeys.find((candidate) => readUnless(info, candidate, -1) !== null)
  const percent = readUnless(info, percentKey, -1)
  return { rpm: key === undefined ? null : readUnless(info, key, -1), ratio: divide(percent, 100) }
}
