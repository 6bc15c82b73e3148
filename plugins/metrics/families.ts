import type { Telemetry } from '../../schemas/telemetry.ts'
import type { FamilyHead } from './exposition.ts'

type Value = number | null
type Read = (telemetry: Telemetry, lastPollAt: Value) => Value
type ReadFan = (fan: Telemetry['fans'][number]) => Value

/** Takes one sample: its name with the labels that it has beside the device's, `name{label="value",`, and its value. */
type Emit = (opening: string, value: Value) => void

/** A family that every online device has, with the way from a reading to its samples. */
export interface DeviceFamily extends FamilyHead {
  samples(telemetry: Telemetry, lastPollAt: Value, emit: Emit): void
}

const head = (type: string, name: string, help: string): FamilyHead => ({ type, name: `pluto_device_${name}`, help })

function gauge(name: string, help: string, read: Read): DeviceFamily {
  const family = head('gauge', name, help)
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
  const family = head(type, name, help)
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
  const family = head('gauge', name, help)
  return {
    ...family,
    samples(telemetry, _lastPollAt, emit) {
      telemetry.fans.forEach((fan, index) => emit(`${family.name}{fan="${index + 1}",`, read(fan)))
    }
  }
}

/** Joules per terahash from watts and hashes per second; null where nothing is hashed or one of them is not known. */
export function efficiency(powerWatts: Value, hashrateHps: Value): Value {
  return powerWatts === null || hashrateHps === null || hashrateHps <= 0 ? null : powerWatts / (hashrateHps / 1e12)
}

/** Every family of a device that is online, in the order of the answer. `docs/METRICS.md` describes each. */
export const DEVICE_FAMILIES: readonly DeviceFamily[] = [
  gauge('power_watts', 'Input power.', (t) => t.powerWatts),
  gauge('input_volts', 'Supply voltage.', (t) => t.inputVolts),
  gauge('input_amperes', 'Supply current.', (t) => t.inputAmperes),
  labelled('gauge', 'core_volts', 'Core voltage of the ASIC, configured and measured.', 'kind', {
    set: (t) => t.coreSetVolts,
    measured: (t) => t.coreMeasuredVolts
  }),
  labelled('gauge', 'temperature_celsius', 'Temperature by sensor.', 'sensor', {
    asic: (t) => t.asicCelsius,
    asic2: (t) => t.asic2Celsius,
    vr: (t) => t.vrCelsius
  }),
  labelled('gauge', 'hashrate_hashes_per_second', 'Hashrate now and averaged over a time.', 'window', {
    now: (t) => t.hashrateHps,
    '1m': (t) => t.hashrate1mHps,
    '10m': (t) => t.hashrate10mHps,
    '1h': (t) => t.hashrate1hHps,
    '1d': (t) => t.hashrate1dHps
  }),
  gauge(
    'expected_hashrate_hashes_per_second',
    'Hashrate that frequency and core count promise.',
    (t) => t.expectedHashrateHps
  ),
  gauge('efficiency_joules_per_terahash', 'Energy per terahash at the hashrate of now.', (t) =>
    efficiency(t.powerWatts, t.hashrateHps)
  ),
  labelled('gauge', 'frequency_hertz', 'Clock of the ASIC, configured and actual.', 'kind', {
    set: (t) => t.frequencySetHertz,
    actual: (t) => t.frequencyActualHertz
  }),
  fanGauge('fan_speed_rpm', 'Fan speed in revolutions per minute.', (fan) => fan.rpm),
  fanGauge('fan_speed_ratio', 'Fan duty cycle, 0 to 1.', (fan) => fan.ratio),
  labelled('counter', 'shares_total', 'Shares since the miner started or changed its pool.', 'result', {
    accepted: (t) => t.sharesAccepted,
    rejected: (t) => t.sharesRejected
  }),
  labelled('gauge', 'best_difficulty', 'Best difficulty of a share, ever and since the miner started.', 'scope', {
    ever: (t) => t.bestDifficulty,
    session: (t) => t.bestSessionDifficulty
  }),
  gauge('pool_difficulty', 'Difficulty that the pool asks for.', (t) => t.poolDifficulty),
  gauge('error_ratio', 'Part of the nonces that had a hardware error, 0 to 1.', (t) => t.errorRatio),
  gauge('uptime_seconds', 'Time since the miner started.', (t) => t.uptimeSeconds),
  labelled('gauge', 'heap_free_bytes', 'Free memory by region.', 'region', {
    total: (t) => t.heapFreeBytes,
    internal: (t) => t.heapFreeInternalBytes,
    spiram: (t) => t.heapFreeSpiramBytes
  }),
  gauge('wifi_rssi_dbm', 'Wi-Fi signal strength.', (t) => t.wifiRssiDbm),
  gauge('pool_response_seconds', 'Round trip to the pool.', (t) => t.poolResponseSeconds),
  flag('overheated', '1 when the miner throttled or halted itself because of its temperature.', (t) => t.overheated),
  flag('paused', '1 when mining is paused or shut down by its user.', (t) => t.paused),
  flag('fallback_pool', '1 when the fallback pool is in use.', (t) => t.usingFallbackPool),
  gauge('last_poll_timestamp_seconds', 'Time of the last successful poll.', (_telemetry, lastPollAt) =>
    lastPollAt === null ? null : lastPollAt / 1000
  )
]
