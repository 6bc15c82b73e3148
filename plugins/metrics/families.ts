import type { Telemetry } from '../../schemas/telemetry.ts'
import { efficiency } from '../../src/fleet-totals.ts'
import { METRIC_NAMES as names } from '../../src/metric-names.ts'
import type { FamilyHead } from './exposition.ts'

type Value = number | null
type Read = (telemetry: Telemetry, lastPollAt: Value) => Value
type ReadFan = (fan: Telemetry['fans'][number]) => Value

/** Receives one sample. `opening` is its name and its labels other than `mac`: `name{label="value",`. */
type Emit = (opening: string, value: Value) => void

/** A family of the online devices. `samples` reads its samples from telemetry. */
export interface DeviceFamily extends FamilyHead {
  samples(telemetry: Telemetry, lastPollAt: Value, emit: Emit): void
}

function gauge(name: string, help: string, read: Read): DeviceFamily {
  const family = { type: 'gauge', name, help }
  const opening = `${family.name}{`
  return { ...family, samples: (telemetry, lastPollAt, emit) => emit(opening, read(telemetry, lastPollAt)) }
}

function flag(name: string, help: string, read: (telemetry: Telemetry) => boolean | null): DeviceFamily {
  return gauge(name, help, (telemetry) => {
    const value = read(telemetry)
    return value === null ? null : Number(value)
  })
}

function labelled(type: string, name: string, help: string, label: string, reads: Record<string, Read>): DeviceFamily {
  const family = { type, name, help }
  const series = Object.entries(reads).map(([value, read]) => ({
    opening: `${family.name}{${label}="${value}",`,
    read
  }))
  return {
    ...family,
    samples(telemetry, lastPollAt, emit) {
      for (const { opening, read } of series) emit(opening, read(telemetry, lastPollAt))
    }
  }
}

function fanGauge(name: string, help: string, read: ReadFan): DeviceFamily {
  const family = { type: 'gauge', name, help }
  return {
    ...family,
    samples(telemetry, _lastPollAt, emit) {
      telemetry.fans.forEach((fan, index) => emit(`${family.name}{fan="${index + 1}",`, read(fan)))
    }
  }
}

/** All families of an online device, in the order of the response. `docs/METRICS.md` describes each. */
export const DEVICE_FAMILIES: readonly DeviceFamily[] = [
  gauge(names.power, 'Input power.', (t) => t.powerWatts),
  gauge(names.inputVolts, 'Supply voltage.', (t) => t.inputVolts),
  gauge('pluto_device_input_amperes', 'Supply current.', (t) => t.inputAmperes),
  labelled('gauge', names.coreVolts, 'Core voltage of the ASIC, configured and measured.', 'kind', {
    set: (t) => t.coreSetVolts,
    measured: (t) => t.coreMeasuredVolts
  }),
  labelled('gauge', names.temperature, 'Temperature by sensor.', 'sensor', {
    asic: (t) => t.asicCelsius,
    asic2: (t) => t.asic2Celsius,
    vr: (t) => t.vrCelsius
  }),
  labelled('gauge', names.hashrate, 'Current hashrate, and its average over each window.', 'window', {
    now: (t) => t.hashrateHps,
    '1m': (t) => t.hashrate1mHps,
    '10m': (t) => t.hashrate10mHps,
    '1h': (t) => t.hashrate1hHps,
    '1d': (t) => t.hashrate1dHps
  }),
  gauge(
    'pluto_device_expected_hashrate_hashes_per_second',
    'Hashrate expected from frequency and core count.',
    (t) => t.expectedHashrateHps
  ),
  gauge(names.efficiency, 'Energy per terahash at the current hashrate.', (t) =>
    efficiency(t.powerWatts, t.hashrateHps)
  ),
  labelled('gauge', names.frequency, 'Clock of the ASIC, configured and actual.', 'kind', {
    set: (t) => t.frequencySetHertz,
    actual: (t) => t.frequencyActualHertz
  }),
  fanGauge(names.fanSpeed, 'Fan speed in revolutions per minute.', (fan) => fan.rpm),
  fanGauge('pluto_device_fan_speed_ratio', 'Fan duty cycle, 0 to 1.', (fan) => fan.ratio),
  labelled('counter', 'pluto_device_shares_total', 'Shares since the miner started or changed its pool.', 'result', {
    accepted: (t) => t.sharesAccepted,
    rejected: (t) => t.sharesRejected
  }),
  labelled(
    'gauge',
    'pluto_device_best_difficulty',
    'Best share difficulty, ever and since the miner started.',
    'scope',
    {
      ever: (t) => t.bestDifficulty,
      session: (t) => t.bestSessionDifficulty
    }
  ),
  gauge('pluto_device_pool_difficulty', 'Share difficulty that the pool requires.', (t) => t.poolDifficulty),
  gauge(names.errorRatio, 'Fraction of nonces with a hardware error, 0 to 1.', (t) => t.errorRatio),
  gauge('pluto_device_uptime_seconds', 'Time since the miner started.', (t) => t.uptimeSeconds),
  labelled('gauge', names.heapFree, 'Free memory by region.', 'region', {
    total: (t) => t.heapFreeBytes,
    internal: (t) => t.heapFreeInternalBytes,
    spiram: (t) => t.heapFreeSpiramBytes
  }),
  gauge(names.wifiRssi, 'Wi-Fi signal strength.', (t) => t.wifiRssiDbm),
  gauge(names.poolResponse, 'Round-trip time to the pool.', (t) => t.poolResponseSeconds),
  flag(
    'pluto_device_overheated',
    '1 when the miner has throttled or halted because of its temperature.',
    (t) => t.overheated
  ),
  flag('pluto_device_paused', '1 when the user has paused or shut down mining.', (t) => t.paused),
  flag('pluto_device_fallback_pool', '1 when the fallback pool is in use.', (t) => t.usingFallbackPool),
  gauge('pluto_device_last_poll_timestamp_seconds', 'Time of the last successful poll.', (_telemetry, lastPollAt) =>
    lastPollAt === null ? null : lastPollAt / 1000
  )
]
