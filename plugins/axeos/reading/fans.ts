import type { Telemetry } from '../../../schemas/telemetry.ts'
import { over, readNumber, readObjects, readPositive, type Info } from './fields.ts'

type Fans = Telemetry['fans']

const MOST_FANS = 8

/**
 * Reads the fans that a board has. The speed of the first is called `fanrpm`, before v2.1.9 `fanSpeedRpm`, before
 * v2.1.4 `fanSpeed`; `fanspeed`, which differs in case alone, is its duty cycle in percent (AXEOS.md 2.1). NerdQAxe
 * lists all of its fans in `fans` since 1.0.37.
 */
export function readFans(info: Info): Fans {
  const listed = readObjects(info, 'fans', MOST_FANS).map((fan) => toFan(fan, ['rpm'], 'speedPerc'))
  if (listed.length > 0) return listed
  const first = toFan(info, ['fanrpm', 'fanSpeedRpm', 'fanSpeed'], 'fanspeed')
  return [...(first.rpm === null && first.ratio === null ? [] : [first]), ...readSecondFan(info)]
}

/** Boards with one fan send 0 for the second, so it is there when it turns, or when the miner counts two. */
function readSecondFan(info: Info): Fans {
  const second = toFan(info, ['fan2rpm', 'fanrpm2'], 'fanspeed2')
  return (second.rpm ?? 0) > 0 || (readNumber(info, 'fanCount') ?? 0) > 1 ? [second] : []
}

function toFan(info: Info, rpmKeys: string[], percentKey: string): Fans[number] {
  const key = rpmKeys.find((candidate) => readPositive(info, candidate) !== null)
  return { rpm: key === undefined ? null : readPositive(info, key), ratio: over(readPositive(info, percentKey), 100) }
}
