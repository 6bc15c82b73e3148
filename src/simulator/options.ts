import type { SimulatorOptions } from './types.ts'

/** What `startSimulator` uses unless told otherwise: quick answers and short boots, for tests. */
export const defaultOptions: SimulatorOptions = {
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
  discovery: {}
}
