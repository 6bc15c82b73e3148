import Fastify from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import metrics from '../../../plugins/metrics/index.ts'
import routes from '../../../routes/metrics/index.ts'
import type { Identity, Reading, Telemetry } from '../../../schemas/telemetry.ts'
import { createBus } from '../../../src/bus.ts'
import type { Config } from '../../../src/config.ts'
import type { DeviceSnapshot } from '../../../schemas/device.ts'

export const MAC = 'bc:dd:c2:00:00:01'
export const OTHER_MAC = 'bc:dd:c2:00:00:02'

/** A reading with all values. */
export function aReading(telemetry: Partial<Telemetry> = {}, identity: Partial<Identity> = {}): Reading {
  return {
    mac: MAC,
    identity: {
      ...{ hostname: 'bitaxe', model: 'Gamma', asicModel: 'BM1370', asicCount: 1, boardVersion: '601' },
      ...{ version: 'v2.12.2', pool: 'mine.ocean.xyz:3334', dialect: 'strict' },
      ...identity
    },
    telemetry: { ...FULL, ...telemetry },
    info: {}
  }
}

export function aDevice(device: Partial<DeviceSnapshot> = {}): DeviceSnapshot {
  return {
    ...{ mac: MAC, ip: '192.168.1.20', state: 'online', answering: true, reading: aReading(), asicOptions: null },
    ...{ lastPollAt: 1_790_000_000_500, error: null },
    ...device
  }
}

/** The metrics plugin and its route over a fleet that the test can change, with fakes of its dependencies. */
export async function buildMetrics(t: Test, devices: DeviceSnapshot[] = [], config: Partial<Config> = {}) {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
  t.teardown(() => app.close())
  app.decorate<object, string>('config', config)
  const counts = { snapshots: 0 }
  const imprinted = { size: devices.length }
  const bus = createBus((error) => t.error(error))
  const deviceHub = {
    snapshot: () => (counts.snapshots++, devices),
    queueDepths: () => ({ healthy: 3, recovery: 2 })
  }
  await app.register(standIn('bus', bus))
  await app.register(standIn('db', { imprinted, isOpen: true, lostCommits: 0 }))
  await app.register(standIn('deviceHub', deviceHub))
  await app.register(standIn('shortages', { counts: new Map() }))
  await app.register(standIn('backpressure', { inFlight: 0, unsentBytes: 0, closedConnections: 0 }))
  await app.register(standIn('axeos', { rejectedReadings: new Map() }))
  await app.register(standIn('liveClients', { unsentBytes: 0, dropped: 0 }))
  app.decorate('logOutput', null)
  app.decorate<object, string>('clientErrors', { counts: new Map([['http', 0]]) })
  await app.register(metrics)
  await app.register(routes, { prefix: '/metrics' })
  const scrape = async (accept = 'text/plain') => (await app.inject({ url: '/metrics', headers: { accept } })).body
  return { app, bus, devices, imprinted, counts, scrape }
}

const standIn = (name: string, part: object) =>
  fp(async (app) => void app.decorate<object, string>(name, part), { name })

/** The sample lines with this prefix. */
export const linesOf = (text: string, start: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(start))

/** The value of exactly this sample, or undefined. */
export function valueOf(text: string, series: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line?.slice(series.length + 1)
}

const FULL: Telemetry = {
  powerWatts: 18.5,
  inputVolts: 5.04,
  inputAmperes: 3.67,
  coreAmperes: 13.8,
  coreSetVolts: 1.15,
  coreMeasuredVolts: 1.142,
  frequencySetHertz: 525e6,
  frequencyActualHertz: 524.5e6,
  asicCelsius: 61.5,
  asic2Celsius: 60.25,
  vrCelsius: 55,
  hashrateHps: 1.25e12,
  hashrate1mHps: 1.2e12,
  hashrate10mHps: 1.19e12,
  hashrate1hHps: 1.18e12,
  hashrate1dHps: 1.17e12,
  expectedHashrateHps: 1.07e12,
  errorRatio: 0.004,
  fans: [
    { rpm: 4200, ratio: 0.63 },
    { rpm: 4100, ratio: 0.61 }
  ],
  sharesAccepted: 1000,
  sharesRejected: 7,
  bestDifficulty: 4.29e9,
  bestSessionDifficulty: 1.2e6,
  poolDifficulty: 2048,
  poolResponseSeconds: 0.038,
  uptimeSeconds: 86400,
  heapFreeBytes: 8_200_000,
  heapFreeInternalBytes: 95_000,
  heapFreeSpiramBytes: 8_100_000,
  wifiRssiDbm: -61,
  cpuUsageRatio: 0.2,
  blocksFound: 0,
  overheated: false,
  paused: false,
  usingFallbackPool: true,
  powerFault: null,
  hardwareFault: null
}
