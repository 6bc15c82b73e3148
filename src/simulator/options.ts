import type { SimulatorOptions } from './types.ts'

/** Defaults of `startSimulator`: quick answers and short boots, for tests. */
const defaultOptions: SimulatorOptions = {
  devices: 10,
  port: 0,
  controlPort: null,
  firstAddress: '127.0.1.1',
  profiles: [],
  seed: 1,
  latencyMs: 0,
  bootTimeMs: 300,
  restartDelayMs: 50,
  logLinesPerSecond: 2,
  arpTableFile: null,
  hostnames: [],
  mdns: false,
  mdnsPort: 5353,
  otpCode: null,
  leakWifiPass: false,
  discovery: { delayMs: 0, down: false, unknownMac: false }
}

/** Fills in the defaults. @throws RangeError that names an option whose value is out of range */
export function completeOptions(given: Partial<SimulatorOptions>): SimulatorOptions {
  const options = { ...defaultOptions, ...given, discovery: { ...defaultOptions.discovery, ...given.discovery } }
  check('devices', options.devices, 1, 1_000_000)
  check('port', options.port, 0, 65_535)
  check('controlPort', options.controlPort ?? 0, 0, 65_535)
  check('seed', options.seed, 0, Number.MAX_SAFE_INTEGER)
  check('latencyMs', options.latencyMs, 0, 3_600_000)
  for (const ms of [options.bootTimeMs].flat()) check('bootTimeMs', ms, 0, 3_600_000)
  return options
}

function check(name: string, value: number, least: number, most: number): void {
  const whole = name === 'latencyMs' || name === 'bootTimeMs' || Number.isInteger(value)
  if (!whole || !(value >= least && value <= most))
    throw new RangeError(`${name} must be a number from ${least} to ${most}, got ${value}`)
}
