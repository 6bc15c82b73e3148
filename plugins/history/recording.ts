import type { FastifyInstance } from 'fastify'
import { isStoreFailure } from '../../src/errors/store-failure.ts'
import { DEVICE_METRICS, FLEET_METRICS, type FleetMetric } from '../../schemas/history.ts'
import type { Telemetry } from '../../schemas/telemetry.ts'
import { DEVICE_SOURCES, efficiency } from './metrics.ts'
import { createRing, type Ring } from './embedded-store.ts'

/** How often the fleet is summed up and chunks are written, and what time it is. */
export interface HistoryOptions {
  sampleMs?: number
  flushMs?: number
  now?: () => number
}

/** Owner of the fleet's own chunks: no MAC is called so. */
export const FLEET = 'fleet'

export const DEVICE_NAMES = Object.keys(DEVICE_METRICS)
export const FLEET_NAMES = Object.keys(FLEET_METRICS)
const READS = Object.values(DEVICE_SOURCES).map(({ read }) => read)

/** Records each poll and, every 15 s, the fleet into the embedded ring, and writes it every five minutes. */
export async function startRecording(app: FastifyInstance, options: HistoryOptions): Promise<Ring> {
  const { bus, db, deviceHub, log } = app
  const { sampleMs = 15_000, flushMs = 300_000, now = Date.now } = options
  const ring = createRing(db.history, (owner) => (owner === FLEET ? FLEET_NAMES : DEVICE_NAMES).length, now)
  await ring.load()

  const report = (err: unknown) => {
    if (!isStoreFailure(err)) log.error({ err }, 'the history could not be stored')
  }
  const flush = () => ring.flush().catch(report)
  const off = [
    bus.on('device.polled', ({ mac, reading }) => {
      if (db.imprinted.has(mac))
        ring.add(
          mac,
          READS.map((read) => read(reading.telemetry))
        )
    }),
    bus.on('device.released', ({ mac }) => void ring.forget(mac).catch(report))
  ]
  const sampling = setInterval(() => {
    const devices = [...deviceHub.snapshot()]
    if (devices.length > 0)
      ring.add(FLEET, sumUp(devices.flatMap((one) => (one.state === 'online' && one.reading?.telemetry) || [])))
  }, sampleMs)
  const flushing = setInterval(() => void flush(), flushMs)
  app.addHook('onClose', async () => {
    clearInterval(sampling)
    clearInterval(flushing)
    off.forEach((stop) => stop())
    await flush()
  })
  return ring
}

function sumUp(online: Telemetry[]): (number | null)[] {
  const total = (read: (t: Telemetry) => number | null, devices = online) =>
    devices.reduce((sum, one) => sum + (read(one) ?? 0), 0)
  const both = online.filter((one) => one.powerWatts !== null && one.hashrateHps !== null)
  const values: Record<FleetMetric, number | null> = {
    hashrateHps: total((t) => t.hashrateHps),
    powerWatts: total((t) => t.powerWatts),
    efficiencyJoulesPerTerahash: efficiency(
      total((t) => t.powerWatts, both),
      total((t) => t.hashrateHps, both)
    ),
    devicesOnline: online.length
  }
  return Object.keys(FLEET_METRICS).map((name) => values[name as FleetMetric])
}
