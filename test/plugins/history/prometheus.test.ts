import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build, serve, until, watchFleet } from '../../helper.ts'
import { noPrometheus, startPrometheus } from '../../support/prometheus.ts'

// These tests spend their time waiting.
t.jobs = 4

/** Starts a server in place of a Prometheus. */
async function standIn(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** The end of this minute, in seconds, once this minute has a value. */
const endOfMinute = (app: FastifyInstance) =>
  until('Prometheus has something of this minute', async () => {
    const to = Math.ceil(Date.now() / 60_000) * 60
    const { points } = await app.history.fleet('powerWatts', { from: String(to - 60), to: String(to), step: 60 })
    return points.at(-1)?.value == null ? null : to
  })

const path = '/fleet/history?metric=powerWatts'

t.test('with PROMETHEUS_HOST the history is that of a real Prometheus', { skip: noPrometheus }, async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 2, profiles: ['gamma-601-v2.15.3'] }, (fleet) => {
    for (const miner of fleet.miners) miner.fault('freeze')
    return {}
  })
  const [a] = fleet.miners
  const prometheus = await startPrometheus(t, url)
  await until('it was scraped', async () => (await prometheus.query('pluto_device_power_watts')).length === 2)
  const DATA_DIR = t.testdir()
  const { app } = await serve(t, { PROMETHEUS_HOST: prometheus.url, DATA_DIR })
  const to = await endOfMinute(app)
  const range = `from=${to - 3600}&to=${to}&step=60`
  const ask = async (metric: string) => (await app.inject(`/fleet/history?metric=${metric}&${range}`)).json().data
  const powerWatts = fleet.miners.reduce((sum, miner) => sum + Number(miner.info()['power']), 0)
  const power = await ask('powerWatts')
  t.match(power, { source: 'prometheus', unit: 'W', stepSeconds: 60 })
  t.equal(power.points.length, 60)
  t.ok(Math.abs(power.points.at(-1).value - powerWatts) < 1e-6, `${power.points.at(-1).value} of ${powerWatts}`)
  t.equal(power.points.at(0).value, null)
  t.equal((await ask('devicesOnline')).points.at(-1).value, 2)
  const mac = a?.mac ?? ''
  const { '': own = 0 } = await prometheus.values(`pluto_device_hashrate_hashes_per_second{mac="${mac}",window="now"}`)
  t.ok(own > 0)
  const history = await app.history.device(mac, 'hashrateHps', { from: String(to - 60), to: String(to), step: 60 })
  t.same(
    history.points.map(({ value }) => value),
    [own]
  )
})

t.test('every metric is a query that Prometheus answers', { skip: noPrometheus }, async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 1, profiles: ['gamma-601-v2.15.3'] })
  const prometheus = await startPrometheus(t, url)
  await until('it was scraped', async () => (await prometheus.query('pluto_device_power_watts')).length === 1)
  const app = await build(t, { PROMETHEUS_HOST: prometheus.url, DATA_DIR: t.testdir() })
  const { paths } = JSON.parse(JSON.stringify((await app.ready(), app.swagger())))
  const to = String(await endOfMinute(app))
  const metricsOf = (route: string): string[] =>
    paths[route].get.parameters.find(({ name }: { name: string }) => name === 'metric').schema.enum
  const missing: string[] = []
  for (const metric of metricsOf('/devices/{id}/history')) {
    const history = await app.history.device(fleet.miners[0]?.mac ?? '', metric as 'powerWatts', { to })
    if (history.points.at(-1)?.value === null) missing.push(metric)
  }
  for (const metric of metricsOf('/fleet/history')) {
    const { data } = (await app.inject(`/fleet/history?metric=${metric}&to=${to}`)).json()
    if (data.points.at(-1).value === null) missing.push(metric)
  }
  t.same(missing, [])
})

t.test('a Prometheus that is silent is 504, one that is down or talks nonsense is 502', async (t) => {
  const answers: Record<string, string> = {
    html: '<html>login</html>',
    empty: '{}',
    refused: '{"status":"error","error":"query timed out"}',
    odd: '{"status":"success","data":{"result":[{"values":[1,2]}]}}'
  }
  for (const [name, body] of Object.entries(answers)) {
    const app = await build(t, { PROMETHEUS_HOST: await standIn(t, (_, response) => response.end(body)) })
    t.match((await app.inject(path)).json(), { statusCode: 502, code: 'PROMETHEUS_FAILED' }, name)
  }
  const silent = await standIn(t, () => undefined)
  const waiting = await build(t, { PROMETHEUS_HOST: silent, PROMETHEUS_TIMEOUT_MS: 100 })
  t.match((await waiting.inject(path)).json(), { statusCode: 504, code: 'PROMETHEUS_TIMEOUT' })
  const drip = await standIn(t, (_, response) => void response.write('{'))
  const dripping = await build(t, { PROMETHEUS_HOST: drip, PROMETHEUS_TIMEOUT_MS: 100 })
  t.match((await dripping.inject(path)).json(), { statusCode: 504, code: 'PROMETHEUS_TIMEOUT' })
  const down = await build(t, { PROMETHEUS_HOST: 'http://127.0.0.1:9' })
  t.match((await down.inject(path)).json(), { statusCode: 502, code: 'PROMETHEUS_FAILED' })
})

t.test('values that are no numbers are null, and the path of PROMETHEUS_HOST is kept', async (t) => {
  const seen: string[] = []
  const host = await standIn(t, (request, response) => {
    seen.push(request.url ?? '')
    const values = [
      [120, 'NaN'],
      [180, '+Inf'],
      [240, '7'],
      [99_999, '1']
    ]
    response.end(JSON.stringify({ status: 'success', data: { result: [{ values }] } }))
  })
  const app = await build(t, { PROMETHEUS_HOST: `${host}/prometheus/` })
  const { data } = (await app.inject(`${path}&from=60&to=300&step=60`)).json()
  t.same(
    data.points.map(({ value }: { value: number }) => value),
    [null, null, 7, null]
  )
  t.same(seen, ['/prometheus/api/v1/query_range'])
})
