import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import type { Fault } from '../../support/fake-grafana.ts'
import { until } from '../../helper.ts'
import { Backend } from '../../support/process.ts'
import { imprint, macNumber, uidsOf, withGrafana } from './helper.ts'

const MACS = Array.from({ length: 20 }, (_, i) => macNumber(i))
const [MAC = ''] = MACS
const saving = (method: string, path: string) => method === 'POST' && path === 'dashboards/db'
const publishing = (method: string, path: string) => method === 'POST' && path.endsWith('/public-dashboards')

const FAULTS: [what: string, fault: Fault, lastError: RegExp][] = [
  ['answers 500', { does: 500 }, /could not show the folder: status 500: as configured/],
  ['answers 401', { does: 401 }, /could not show the folder: status 401/],
  ['answers 403', { does: 403 }, /could not show the folder: status 403/],
  ['redirects', { does: 302 }, /could not show the folder: status 302/],
  ['does not answer', { does: 'hang' }, /did not answer within 200 ms/],
  ['answers 500 to each save', { does: 500, hits: saving }, /could not save pluto-/],
  ['hangs in each save', { does: 'hang', hits: saving }, /did not answer within 200 ms/],
  ['answers 404 to each save', { does: 404, hits: saving }, /refused to save pluto-.* status 404/],
  ['answers 409 to each save', { does: 409, hits: saving }, /refused to save pluto-.* status 409/],
  ['answers 412 to each save', { does: 412, hits: saving }, /refused to save pluto-.* status 412/],
  ['answers 422 to each save', { does: 422, hits: saving }, /refused to save pluto-.* status 422/],
  ['answers 500 to each publication', { does: 500, hits: publishing }, /could not publish pluto-/],
  ['has no public dashboards', { does: 404, hits: publishing }, /refused to publish pluto-.* status 404/]
]

for (const [what, fault, lastError] of FAULTS) {
  t.test(`a Grafana that ${what} is reported, and all dashboards are created once it recovers`, async (t) => {
    const { grafana, start } = await withGrafana(t)
    grafana.failWith(fault)
    const GF_TIMEOUT_MS = fault.does === 'hang' ? 200 : 30_000
    const backend = await start(await imprint(t, MACS), { GF_TIMEOUT_MS })
    await until('it is reported', () => backend.status().state === 'degraded')
    t.match(backend.status().lastError, lastError)
    t.equal(await backend.sample('pluto_grafana_dashboards{state="current"}'), 0)
    grafana.failWith(null)
    await backend.settled()
    t.same(backend.status(), { state: 'ok', lastError: null })
    t.same([...grafana.dashboards.keys()].sort(), uidsOf(MACS))
    t.equal(grafana.pages.size, MACS.length + 1)
    t.same([...new Set([...grafana.dashboards.values()].map(({ model }) => model.version))], [1])
  })
}

t.test('a Grafana that is down, restarts and has lost everything is followed', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, MACS), {}, { reconcileMs: 50 })
  await backend.settled()
  t.equal(await backend.sample('pluto_grafana_up'), 1)
  await grafana.stop()
  await until('it is reported', () => backend.status().state === 'degraded')
  t.match(backend.status().lastError, /is unreachable/)
  t.equal(await backend.sample('pluto_grafana_up'), 0)
  t.equal((await backend.dashboards()).length, MACS.length + 1, 'what is known is answered all the same')
  grafana.dashboards.clear()
  grafana.pages.clear()
  grafana.folders.clear()
  await grafana.start()
  await until('everything is there again', () => grafana.pages.size === MACS.length + 1)
  await backend.settled()
  t.same([...grafana.dashboards.keys()].sort(), uidsOf(MACS))
})

t.test('an outage costs one request at a time, however much there is to do', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 500 })
  const backend = await start(await imprint(t, MACS))
  await until('it was tried five times', () => grafana.seen.length >= 5)
  t.same([...new Set(grafana.seen.map(({ method, path }) => `${method} ${path}`))], ['GET folders/pluto'])
  t.equal(grafana.counts.maxInFlight, 1)
  t.equal(await backend.sample('pluto_grafana_dashboards{state="pending"}'), MACS.length + 1)
})

t.test('changes during an outage wait for the next attempt, and put it off no further', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 500 })
  const backend = await start(await imprint(t, MACS), {}, { batchMs: 0, retryMs: 3000 })
  await until('it is reported', () => backend.status().state === 'degraded')
  const before = grafana.seen.length
  for (const mac of MACS) {
    backend.poll(mac, `renamed-${mac}`)
    await new Promise((soon) => setTimeout(soon, 5))
  }
  t.equal(grafana.seen.length, before)
  grafana.failWith(null)
  await backend.settled()
})

t.test('an outage in the middle of a round ends it', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 500, hits: (_, path) => path.startsWith('dashboards/') })
  const macs = Array.from({ length: 200 }, (_, i) => macNumber(i))
  const backend = await start(await imprint(t, macs), {}, { retryMs: 3_600_000 })
  await until('it is reported', () => backend.status().state === 'degraded')
  t.ok(grafana.seen.length < 30, `${grafana.seen.length} requests`)
  t.equal(await backend.sample('pluto_grafana_up'), 0)
})

t.test('one dashboard that is refused keeps no other from being made', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 422, hits: (_, path) => path === `dashboards/uid/${uidOf(MAC)}` })
  const backend = await start(await imprint(t, MACS))
  await until(
    'the others are current',
    async () => (await backend.sample('pluto_grafana_dashboards{state="current"}')) === MACS.length
  )
  await until('it is reported', () => backend.status().state === 'degraded')
  t.equal(await backend.sample('pluto_grafana_dashboards{state="failed"}'), 1)
  t.equal(await backend.sample('pluto_grafana_up'), 1)
})

t.test('a dashboard that failed counts as failed while it is tried again, and an alert on it holds', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 422, hits: saving })
  const backend = await start(await imprint(t, [MAC]))
  await until('it is reported', () => backend.status().state === 'degraded')
  grafana.failWith({ does: 'hang', hits: saving })
  await until('it is being tried again', () => grafana.counts.inFlight > 0)
  t.equal(await backend.sample('pluto_grafana_dashboards{state="failed"}'), 2)
  t.equal(await backend.sample('pluto_grafana_dashboards{state="pending"}'), 0)
})

t.test('a token that may not create folders puts dashboards at the top level', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 403, hits: (method, path) => method === 'POST' && path === 'folders' })
  const backend = await start(await imprint(t, [MAC]))
  await backend.settled()
  t.equal(grafana.dashboards.get(uidOf(MAC))?.folderUid, '')
})

t.test('closing does not wait for a Grafana that hangs', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.failWith({ does: 'hang' })
  const backend = await start(await imprint(t, MACS), { GF_TIMEOUT_MS: 600_000 })
  await until('a request hangs', () => grafana.counts.inFlight > 0)
  await backend.close()
  await until('it was broken off', () => grafana.counts.inFlight === 0)
})

t.test('P19 the token is in no log line and in no answer when requests fail', async (t) => {
  const token = 'glsa_do_not_tell_anybody'
  const { grafana } = await withGrafana(t, { token: 'another' })
  const { DATA_DIR } = await imprint(t, [MAC])
  const env = { DATA_DIR, GF_HOST: grafana.url, GF_TOKEN: token, LOG_LEVEL: 'trace', AUTO_LISTEN: 'false' }
  const backend = new Backend(t, env)
  const url = await backend.url()
  const readyz = await until('it is reported', async () => {
    const text = await (await fetch(`${url}/readyz`)).text()
    return text.includes('degraded') && text
  })
  const told = () => backend.lines.filter((line) => line.includes('dashboards are not up to date'))
  await until('it is logged', () => told().length > 0)
  await until('it was tried again', () => grafana.seen.length > 2)
  await backend.stop('SIGTERM')
  t.match(readyz, /status 401: Invalid API key/)
  t.notMatch([readyz, ...backend.lines].join('\n'), token)
  t.equal(told().length, 1, 'each reason is logged once')
})
