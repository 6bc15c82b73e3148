import Fastify from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import { openStore } from '../../../plugins/db/store.ts'
import grafanaPlugin, { type GrafanaOptions } from '../../../plugins/grafana/index.ts'
import { uidOf } from '../../../plugins/grafana/names.ts'
import metrics from '../../../plugins/metrics/index.ts'
import dashboardRoutes from '../../../routes/dashboards/index.ts'
import { createBus } from '../../../src/bus.ts'
import type { Config } from '../../../src/config.ts'
import { DashboardComponent } from '../../../schemas/dashboard.ts'
import type { Imprint } from '../../../schemas/device.ts'
import { startFakeGrafana, type FakeGrafanaOptions } from '../../support/fake-grafana.ts'
import { testConfig, until } from '../../helper.ts'
import { aDevice, aReading } from '../metrics/helper.ts'

/** Short times for tests. A full reconciliation is repeated only where a test sets `reconcileMs`. */
export const QUICK: GrafanaOptions = { batchMs: 10, retryMs: 20, reconcileMs: 3_600_000 }

/** One of many MACs. */
export const macNumber = (i: number) =>
  `02:00:00:${[i >> 16, i >> 8, i].map((part) => (part & 255).toString(16).padStart(2, '0')).join(':')}`

export const uidsOf = (macs: string[]) => ['pluto-overview', ...macs.map(uidOf)].sort()

/** What a backend keeps over a restart: its store, and the host names that its miners last had. */
export async function imprint(
  t: Test,
  macs: string[],
  names: Record<string, string> = {},
  ips = new Map<string, string>()
) {
  const { DATA_DIR } = testConfig(t)
  const store = await openStore(DATA_DIR)
  await store.commit(() => macs.map((mac) => store.imprinted.put(mac, toImprint(mac, ips.get(mac)))))
  await store.close()
  return { DATA_DIR, hostnames: new Map<string, string | null>(Object.entries(names)) }
}
export type Fleet = Awaited<ReturnType<typeof imprint>>

function toImprint(mac: string, ip = '192.168.1.20'): Imprint {
  const at = new Date().toISOString()
  return { mac, ip, ipSetAt: at, type: 'Gamma', presetUuid: null, createdAt: at, updatedAt: at }
}

/** The plugin with its route on a real store, bus and metrics; a test plays the hub and the registry. */
export async function startBackend(t: Test, { DATA_DIR, hostnames }: Fleet, given: Partial<Config>, options = {}) {
  const config = testConfig(t, { ...given, DATA_DIR })
  const store = await openStore(DATA_DIR)
  const bus = createBus((error) => t.error(error))
  const readingOf = (mac: string) => aReading({}, { hostname: hostnames.get(mac) ?? null })
  const deviceHub = {
    get: (mac: string) => (hostnames.has(mac) ? aDevice({ mac, reading: readingOf(mac) }) : undefined),
    snapshot: () => [],
    queueDepths: () => ({ healthy: 0, recovery: 0 })
  }
  let publicUrlOf: (mac: string) => string | undefined = () => undefined
  const devices = { linkDashboards: (urlOf: typeof publicUrlOf) => void (publicUrlOf = urlOf) }

  const app = Fastify()
  app.decorate('config', config)
  app.addSchema(DashboardComponent)
  const unused = { axeos: {}, backpressure: {}, liveClients: {}, shortages: {} }
  for (const [name, part] of Object.entries({ bus, db: store, deviceHub, devices, ...unused }))
    await app.register(standIn(name, part))
  await app.register(metrics)
  await app.register(grafanaPlugin, { ...QUICK, ...options })
  await app.register(dashboardRoutes, { prefix: '/dashboards' })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= app.close().then(() => store.close()))
  t.teardown(close)
  await app.ready()

  /** The value of a series, read from the registry: a whole scrape is slower. */
  async function sample(series: string): Promise<number | undefined> {
    const [name = ''] = series.split('{')
    if (!app.metrics.registry.getSingleMetric(name)) return undefined
    const lines = (await app.metrics.registry.getSingleMetricAsString(name)).split('\n')
    const line = lines.find((candidate) => candidate.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }

  return {
    app,
    bus,
    close,
    status: () => app.grafana.status(),
    dashboards: async () => (await app.inject('/dashboards')).json(),
    publicUrlOf: (mac: string) => publicUrlOf(mac),
    sample,
    /** A miner answers a poll, and calls itself so. */
    poll(mac: string, hostname: string | null) {
      hostnames.set(mac, hostname)
      bus.emit('device.polled', { mac, reading: readingOf(mac), durationMs: 1 })
    },
    async add(mac: string) {
      await store.commit(() => [store.imprinted.put(mac, toImprint(mac))])
      bus.emit('device.imprinted', { mac })
    },
    async remove(mac: string) {
      await store.commit(() => [store.imprinted.del(mac)])
      bus.emit('device.released', { mac })
    },
    /** Waits until all dashboards are current. */
    settled: () =>
      until('every dashboard is current', async () => {
        const count = async (state: string) => (await sample(`pluto_grafana_dashboards{state="${state}"}`)) ?? 0
        if (app.grafana.status().state !== 'ok') return false
        if ((await count('current')) !== store.imprinted.size + 1) return false
        return (await count('pending')) + (await count('failed')) === 0 && (await sample('pluto_grafana_up')) === 1
      })
  }
}

const standIn = (name: string, part: object) =>
  fp(async (app) => void app.decorate<object, string>(name, part), { name })

/** Starts a fake Grafana. @returns it, and a function that starts backends which use it */
export async function withGrafana(t: Test, fake: FakeGrafanaOptions = {}) {
  const grafana = await startFakeGrafana(t, fake)
  const start = (fleet: Fleet, config: Partial<Config> = {}, options: GrafanaOptions = {}) =>
    startBackend(t, fleet, { GF_HOST: grafana.url, ...config }, options)
  return { grafana, start }
}
