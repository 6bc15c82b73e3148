import type { FastifyInstance } from 'fastify'
import { isStoreFailure } from '../../src/errors/store-failure.ts'
import { sumFleet } from '../../src/fleet-totals.ts'
import { DEVICE_METRICS, FLEET_METRICS, type FleetMetric } from '../../schemas/history.ts'
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts'
import { DEVICE_SOURCES } from './metrics.ts'

export interface HistoryOptions {
  /** Time between two samples of the fleet. Default: 15,000 */
  sampleMs?: number
  /** Time between two writes. Default: 300,000 */
  flushMs?: number
  /** The current time, ms since 1970. Default: `Date.now` */
  now?: () => number
}

/** Owner of the fleet's own records. It is not a MAC. */
export const FLEET = 'fleet'

export const DEVICE_NAMES = Object.keys(DEVICE_METRICS)
export const FLEET_NAMES = Object.keys(FLEET_METRICS) as FleetMetric[]
const READS = Object.values(DEVICE_SOURCES).map(({ read }) => read)

/** Starts to record each poll and, every `sampleMs`, the fleet. Writes them every `flushMs` and when the app closes. */
export async function startRecording(app: FastifyInstance, options: HistoryOptions): Promise<EmbeddedStore> {
  const { bus, db, deviceHub, log } = app
  const { sampleMs = 15_000, flushMs = 300_000, now = Date.now } = options
  const store = createEmbeddedStore(db.history, (owner) => (owner === FLEET ? FLEET_NAMES : DEVICE_NAMES).length, now)
  await store.load()

  // The store reports its own failures.
  const report = (err: unknown) => {
    if (!isStoreFailure(err)) log.error({ err }, 'the history could not be stored')
  }
  const flush = () => store.flush().catch(report)
  const off = [
    bus.on('device.polled', ({ mac, reading }) => {
      if (db.imprinted.has(mac))
        store.add(
          mac,
          READS.map((read) => read(reading.telemetry))
        )
    }),
    bus.on('device.released', ({ mac }) => void store.forget(mac).catch(report))
  ]
  const sampling = setInterval(() => {
    const devices = [...deviceHub.snapshot()]
    if (devices.length === 0) return
    const totals = sumFleet(devices.flatMap(({ state, reading }) => (state === 'online' && reading?.telemetry) || []))
    store.add(
      FLEET,
      FLEET_NAMES.map((name) => totals[name])
    )
  }, sampleMs)
  const flushing = setInterval(() => void flush(), flushMs)
  app.addHook('onClose', async () => {
    clearInterval(sampling)
    clearInterval(flushing)
    off.forEach((stop) => stop())
    await flush()
  })
  return store
}
