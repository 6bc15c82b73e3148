import type { Identity, Reading, Telemetry } from '../../../schemas/telemetry.ts'
import { normalizeMac } from '../../../src/mac.ts'
import { stripSecrets } from '../../../src/redact.ts'
import { rejectAbsurd, type RejectedField } from './reject-absurd.ts'
import { readElectricity } from './electricity.ts'
import { readFans } from './fans.ts'
import {
  divide,
  multiply,
  parseDifficulty,
  readFlag,
  readNonEmptyText,
  readObject,
  readObjects,
  readQuantity,
  readUnless,
  type Info
} from './fields.ts'
import { readIdentity, readUsingFallback } from './identity.ts'

const ignore = () => undefined

/**
 * Converts an info object of any firmware, received or stored, to a reading. Never throws, however wrong its fields are.
 * Removes secrets from `info` in place and changes nothing else in it.
 * @param reject called with each field of telemetry that is null because no board can have its value
 */
export function toReading(info: Info, reject: (field: RejectedField) => void = ignore): Reading {
  stripSecrets(info)
  const identity = readIdentity(info)
  const telemetry = readTelemetry(info, identity)
  rejectAbsurd(telemetry, identity, info, reject)
  return { mac: normalizeMac(info.macAddr), identity, telemetry, info }
}

/** Reads a miner's measurements, in base units; null means missing, unreadable or "no sensor" (AXEOS.md 2.1, 2.4). */
function readTelemetry(info: Info, identity: Identity): Telemetry {
  const nerd = identity.dialect === 'nerdqaxe'
  return {
    ...readElectricity(info, identity),
    ...readHashrates(info, nerd),
    ...readMemory(info, nerd),
    ...readMining(info),
    ...readTemperatures(info),
    frequencySetHertz: multiply(readQuantity(info, 'frequency'), 1e6),
    frequencyActualHertz: multiply(readQuantity(info, 'actualFrequency'), 1e6),
    fans: readFans(info),
    uptimeSeconds: readQuantity(info, 'uptimeSeconds'),
    wifiRssiDbm: readUnless(info, 'wifiRSSI', -90),
    cpuUsageRatio: divide(readQuantity(info, 'cpuUsage'), 100),
    overheated: readFlag(info, 'overheat_mode') ?? readFlag(info, 'overheat'),
    paused: readFlag(info, 'miningPaused') ?? readFlag(info, 'shutdown'),
    usingFallbackPool: readUsingFallback(info),
    powerFault: readNonEmptyText(info, 'power_fault'),
    hardwareFault: readNonEmptyText(info, 'hardware_fault')
  }
}

/** -1 is an ASIC without a reading. 0 is a missing sensor; `temp2` sends it only in v2.10 (AXEOS.md 2.1). */
function readTemperatures(info: Info) {
  const second = readUnless(info, 'temp2', -1)
  return {
    asicCelsius: readUnless(info, 'temp', -1),
    asic2Celsius: second === 0 ? null : second,
    vrCelsius: readUnless(info, 'vrTemp', 0)
  }
}

/** NerdQAxe 1.0.2 to 1.0.19 sends no `hashRate`; later versions send the ten-minute average under that name. */
function readHashrates(info: Info, nerd: boolean) {
  const gigahashes = (key: string) => multiply(readQuantity(info, key), 1e9)
  const hashrate10mHps = gigahashes('hashRate_10m')
  return {
    hashrateHps: gigahashes('hashRate') ?? (nerd && !('hashRate' in info) ? hashrate10mHps : null),
    hashrate1mHps: gigahashes('hashRate_1m'),
    hashrate10mHps,
    hashrate1hHps: gigahashes('hashRate_1h'),
    hashrate1dHps: gigahashes('hashRate_1d'),
    expectedHashrateHps: gigahashes('expectedHashrate'),
    errorRatio: divide(readQuantity(info, 'errorPercentage'), 100)
  }
}

/** NerdQAxe's `freeHeap` is only the external memory (AXEOS.md 2.4). */
function readMemory(info: Info, nerd: boolean) {
  const free = readQuantity(info, 'freeHeap')
  if (!nerd) {
    return {
      heapFreeBytes: free,
      heapFreeInternalBytes: readQuantity(info, 'freeHeapInternal'),
      heapFreeSpiramBytes: readQuantity(info, 'freeHeapSpiram')
    }
  }
  const internal = readQuantity(info, 'freeHeapInt')
  return {
    heapFreeBytes: free === null || internal === null ? null : free + internal,
    heapFreeInternalBytes: internal,
    heapFreeSpiramBytes: free
  }
}

function readMining(info: Info) {
  const stratum = readObject(info, 'stratum')
  const [pool = {}] = readObjects(stratum, 'pools', 1)
  const responseMs = readUnless(info, 'responseTime', -1) ?? readUnless(info, 'lastpingrtt', -1)
  return {
    sharesAccepted: readQuantity(info, 'sharesAccepted'),
    sharesRejected: readQuantity(info, 'sharesRejected'),
    bestDifficulty: readDifficulty(info.bestDiff) ?? readDifficulty(stratum.totalBestDiff),
    bestSessionDifficulty: readDifficulty(info.bestSessionDiff),
    poolDifficulty:
      readQuantity(info, 'poolDifficulty') ?? readQuantity(info, 'stratumDiff') ?? readQuantity(pool, 'poolDifficulty'),
    poolResponseSeconds: divide(responseMs, 1000),
    blocksFound: readQuantity(info, 'blockFound') ?? readQuantity(info, 'totalFoundBlocks')
  }
}

const readDifficulty = (value: unknown) => (typeof value === 'number' ? value : parseDifficulty(value))
