import type { Identity, Telemetry } from '../../../schemas/telemetry.ts'
import { readNumber, type Info } from './fields.ts'

/** All hashrates, the expected one too: a miner must not vouch for its own spike. */
export const HASHRATES = [
  'hashrateHps',
  'hashrate1mHps',
  'hashrate10mHps',
  'hashrate1hHps',
  'hashrate1dHps',
  'expectedHashrateHps'
] as const satisfies (keyof Telemetry)[]

/** Small cores by ASIC; each computes one hash per clock (AXEOS.md 4.1). */
const CORES = new Map(
  Object.entries({ BM1397: 672, BM1366: 894, BM1368: 1276, BM1370: 2040, BM1372: 6725, BM1373: 6725 })
)
const MOST_CORES = 6725
const MOST_CHIPS = 12
/** How far a board may exceed what its clock explains. */
const FACTOR = 3
/** Averages follow a lower clock slowly, so a limit is never below what the ASIC does at this clock, in Hz. */
const TOP_CLOCK = 1.2e9
/** No ASIC runs faster, in Hz. */
const MAX_CLOCK = 3e9

/** The hashrate that the ASICs of a board cannot exceed, in hashes per second. `telemetry` is already within its bounds. */
export function maxHashrate(info: Info, { asicModel, asicCount }: Identity, telemetry: Telemetry): number {
  const { frequencySetHertz, expectedHashrateHps } = telemetry
  const chips = asicCount ?? MOST_CHIPS
  const cores = CORES.get(asicModel.slice(0, 6)) ?? readCores(info)
  if (cores !== null) return chips * cores * Math.min(MAX_CLOCK, Math.max(TOP_CLOCK, FACTOR * (frequencySetHertz ?? 0)))
  const most = chips * MOST_CORES * TOP_CLOCK
  return expectedHashrateHps ? Math.min(most, FACTOR * expectedHashrateHps) : most
}

function readCores(info: Info): number | null {
  const cores = readNumber(info, 'smallCoreCount')
  return cores !== null && cores >= 1 && cores <= MOST_CORES ? cores : null
}
