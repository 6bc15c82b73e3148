import type { Identity, Reading, Telemetry } from '../../../schemas/telemetry.ts'
import { normalizeMac } from '../../../src/mac.ts'
import { stripSecrets } from '../../../src/redact.ts'
import { parseDifficulty } from './difficulty.ts'
import { readFans } from './fans.ts'
import {
  over,
  readFlag,
  readNumber,
  readObject,
  readObjects,
  readPositive,
  readUnless,
  readWord,
  times,
  type Info
} from './fields.ts'
import { readIdentity, readUsingFallback } from './identity.ts'
import { readElectricity } from './electricity.ts'

const LONGEST_POOL_RESPONSE_MS = 60_000

/**
 * Reads an info object of any firmware, whatever is in its fields: never throws. Secrets are removed from `info` in
 * place, the rest of it stays as it came.
 */
export function toReading(info: Info): Reading {
  stripSecrets(info)
  const identity = readIdentity(info)
  return { mac: normalizeMac(info.macAddr), identity, telemetry: readTelemetry(info, identity), info }
}

/** Reads what a miner measures, in base units; null stands for missing, unreadable and "no sensor" (AXEOS.md 2.1, 2.4). */
function readTelemetry(info: Info, identity: Identity): Telemetry {
  const nerd = identity.dialect === 'N'
  return {
    ...readElectricity(info, identity),
    ...readHashrates(info, nerd),
    ...readMemory(info, nerd),
    ...readMining(info),
    ...readTemperatures(info),
    frequencySetHertz: times(readNumber(info, 'frequency'), 1e6),
    frequencyActualHertz: times(readNumber(info, 'actualFrequency'), 1e6),
    fans: readFans(info),
    uptimeSeconds: readNumber(info, 'uptimeSeconds'),
    wifiRssiDbm: readUnless(info, 'wifiRSSI', -90),
    cpuUsageRatio: over(readNumber(info, 'cpuUsage'), 100),
    overheated: readFlag(info, 'overheat_mode') ?? readFlag(info, 'overheat'),
    paused: readFlag(info, 'miningPaused') ?? readFlag(info, 'shutdown'),
    usingFallbackPool: readUsingFallback(info),
    powerFault: readWord(info, 'power_fault'),
    hardwareFault: readWord(info, 'hardware_fault')
  }
}

/** -1 is an ASIC without a reading; 0 is a sensor that is not there, for `temp2` only in v2.10 (AXEOS.md 2.1). */
function readTemperatures(info: Info) {
  const second = readUnless(info, 'temp2', -1)
  return {
    asicCelsius: readUnless(info, 'temp', -1),
    asic2Celsius: second === 0 ? null : second,
    vrCelsius: readUnless(info, 'vrTemp', 0)
  }
}

/** NerdQAxe 1.0.2 to 1.0.19 sends no `hashRate`: its ten minute average is what later versions sent under that name. */
function readHashrates(info: Info, nerd: boolean) {
  const gigahashes = (key: string) => times(readNumber(info, key), 1e9)
  const hashrate10mHps = gigahashes('hashRate_10m')
  return {
    hashrateHps: gigahashes('hashRate') ?? (nerd && !('hashRate' in info) ? hashrate10mHps : null),
    hashrate1mHps: gigahashes('hashRate_1m'),
    hashrate10mHps,
    hashrate1hHps: gigahashes('hashRate_1h'),
    hashrate1dHps: gigahashes('hashRate_1d'),
    expectedHashrateHps: gigahashes('expectedHashrate'),
    errorRatio: over(readNumber(info, 'errorPercentage'), 100)
  }
}

/** NerdQAxe's `freeHeap` is the external memory alone (AXEOS.md 2.4). */
function readMemory(info: Info, nerd: boolean) {
  const free = readNumber(info, 'freeHeap')
  if (!nerd) {
    return {
      heapFreeBytes: free,
      heapFreeInternalBytes: readNumber(info, 'freeHeapInternal'),
      heapFreeSpiramBytes: readNumber(info, 'freeHeapSpiram')
    }
  }
  const internal = readNumber(info, 'freeHeapInt')
  return {
    heapFreeBytes: free === null || internal === null ? null : free + internal,
    heapFreeInternalBytes: internal,
    heapFreeSpiramBytes: free
  }
}

function readMining(info: Info) {
  const stratum = readObject(info, 'stratum')
  const [pool = {}] = readObjects(stratum, 'pools', 1)
  const response = readPositive(info, 'responseTime') ?? readPositive(info, 'lastpingrtt')
  return {
    sharesAccepted: readNumber(info, 'sharesAccepted'),
    sharesRejected: readNumber(info, 'sharesRejected'),
    bestDifficulty: parseDifficulty(info.bestDiff) ?? parseDifficulty(stratum.totalBestDiff),
    bestSessionDifficulty: parseDifficulty(info.bestSessionDiff),
    poolDifficulty:
      readNumber(info, 'poolDifficulty') ?? readNumber(info, 'stratumDiff') ?? readNumber(pool, 'poolDifficulty'),
    poolResponseSeconds: response !== null && response <= LONGEST_POOL_RESPONSE_MS ? response / 1000 : null,
    blocksFound: readNumber(info, 'blockFound') ?? readNumber(info, 'totalFoundBlocks')
  }
}
