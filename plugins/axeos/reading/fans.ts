import type { Telemetry } from '../../../schemas/telemetry.ts'
import { divide, readNonNegative, readNumber, readObjects, type Info } from './fields.ts'

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
  return (second.rpm ?? 0) > 0 || (readNumber(info, 'fanCount') ?? 0) > 1 ? [second] : []
}

function toFan(info: Info, rpmKeys: string[], percentKey: string): Fans[number] {
  const key = rpmKeys.find((candidate) => readNonNegative(info, candidate) !== null)
  const percent = readNonNegative(info, percentKey)
  return { rpm: key === undefined ? null : readNonNegative(info, key), ratio: divide(percent, 100) }
}
