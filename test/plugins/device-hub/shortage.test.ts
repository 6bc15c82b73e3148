import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Client, Dispatcher } from 'undici'
import { createReadConnections } from '../../../plugins/axeos/wire/connections.ts'
import { loadConfig } from '../../../src/config.ts'
import { Backend } from '../../support/process.ts'
import { until, watchFleet } from '../../helper.ts'

/** Connections that fail with a code of the operating system while one is set. */
class ScarceConnections extends Dispatcher {
  code: string | null = null
  readonly inner = createReadConnections(loadConfig({}))

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.code === null) return this.inner.dispatch(options, handler)
    const error = Object.assign(new Error(`connect ${this.code}`), { code: this.code })
    const controller = { aborted: false, paused: false, reason: null, rawHeaders: null, rawTrailers: null }
    const noop = () => undefined
    handler.onResponseError?.({ ...controller, abort: noop, pause: noop, resume: noop }, error)
    return true
  }
}

for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'ENOMEM', 'EAGAIN']) {
  t.test(`P37 ${code} at a poll is a shortage of this machine, and no miss of the miner`, async (t) => {
    const dispatcher = new ScarceConnections()
    t.teardown(() => dispatcher.inner.end())
    const { app, fleet } = await watchFleet(t, { devices: 1 }, {}, { axeos: { dispatcher } })
    const [miner] = fleet.miners
    const mac = miner?.mac ?? ''
    const events: string[] = []
    for (const name of ['device.state', 'device.failed', 'device.moved'] as const)
      app.bus.on(name, () => events.push(name))
    dispatcher.code = code
    await until('many polls have met it', () => (app.shortages.counts.get(code) ?? 0) > 4)
    t.match(app.devices.require(mac), { state: 'online', tracing: true, error: new RegExp(`not asked.*${code}`) })
    t.same(events, [])
    const answer = await app.inject({ method: 'POST', url: `/devices/${mac}/system/identify` })
    t.equal(answer.statusCode, 503)
    t.match(answer.json(), { code: 'PLUTO_SHORTAGE', message: new RegExp(code) })
    dispatcher.code = null
    await until('it is polled again', () => app.devices.require(mac).error === undefined)
    t.same(events, [])
  })
}

t.test(
  'P37 a process without file descriptors keeps its miners online, and polls them when it has some again',
  async (t) => {
    const DATA_DIR = t.testdir()
    // This firmware closes the connection after each answer, so that each poll needs a new descriptor.
    const { app } = await watchFleet(t, { devices: 3, profiles: ['nerdqaxe-plusplus-V1.0.37'] }, { DATA_DIR })
    await app.close()
    const settings = { DATA_DIR, POLL_INTERVAL_MS: '1000', DEVICE_NETWORKS: '127.0.0.0/8' }
    const backend = new Backend(t, settings)
    const client = new Client(await backend.url(), { keepAliveTimeout: 60_000 })
    t.teardown(() => client.destroy())
    const get = async (path: string) => (await client.request({ method: 'GET', path })).body.text()
    const devices = async (): Promise<{ state: string; tracing: boolean; error?: string }[]> =>
      JSON.parse(await get('/devices/imprint')).data
    const limit = (soft: number) =>
      execFileSync('prlimit', ['--pid', String(backend.child.pid), `--nofile=${soft}:`], { stdio: 'pipe' })

    await until('all are online', async () =>
      (await devices()).every(({ state, tracing }) => state === 'online' && tracing)
    )
    limit(3)
    const count = async () =>
      Number(/pluto_shortages_total\{code="EMFILE"\} (\d+)/.exec(await get('/metrics'))?.[1] ?? 0)
    await until('each has met the shortage several times', async () => (await count()) > 12)
    for (const device of await devices()) t.match(device, { state: 'online', tracing: true, error: /EMFILE/ })
    t.notMatch(await get('/metrics'), /pluto_polls_total\{result="miner_/)
    limit(1024)
    await until('all are polled again', async () => (await devices()).every(({ error }) => error === undefined))
  }
)
