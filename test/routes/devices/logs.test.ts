import t, { type Test } from 'tap'
import type { LogEntry } from '../../../schemas/log.ts'
import { until, watchFleet } from '../../helper.ts'

/** A backend that has heard some lines of its one miner, and hears no more. */
async function listenOnce(t: Test) {
  const { app, url, fleet } = await watchFleet(
    t,
    { devices: 1, profiles: ['v2.12.2'], logLinesPerSecond: 200 },
    { LOG_BUFFER_LINES: 50 },
    { logs: { times: { lingerMs: 0 } } }
  )
  const [miner] = fleet.miners
  const mac = miner?.mac ?? ''
  const release = app.logs.keepOpen(mac)
  await until('sixty lines have come', () => (app.logs.read(mac, { limit: 1, filter: {} })[0]?.seq ?? 0) > 60)
  release()
  await until('nobody listens', () => miner?.logClients === 0)
  const get = async (query: string): Promise<LogEntry[]> => {
    const answer = await fetch(`${url}/devices/${mac}/logs${query}`)
    const { data } = (await answer.json()) as { data: LogEntry[] }
    return data
  }
  return { app, url, mac, miner, get }
}

t.test('the buffered lines are answered oldest first, and no stream is opened for them', async (t) => {
  const { get, mac, miner } = await listenOnce(t)
  const all = await get('')
  t.equal(all.length, 50)
  t.same(
    all.map(({ seq }) => seq),
    Array.from({ length: 50 }, (_, i) => (all[0]?.seq ?? 0) + i)
  )
  t.match(all[0], { mac, receivedAt: /Z$/, message: String, raw: String })
  t.equal(miner?.logClients, 0)
})

t.test('limit takes the last lines, after the next ones, level the severe ones', async (t) => {
  const { get } = await listenOnce(t)
  const all = await get('')
  const first = all[0]?.seq ?? 0
  t.same(await get('?limit=7'), all.slice(-7))
  t.same(await get(`?after=${first + 9}&limit=5`), all.slice(10, 15))
  t.same(await get(`?after=${first + 60}`), [])
  const severe = await get('?level=W')
  t.ok(severe.length > 0 && severe.length < 10)
  t.same(
    severe,
    all.filter(({ level }) => level === 'W' || level === 'E')
  )
})

t.test('as text it is a file of one line each', async (t) => {
  const { url, mac, get } = await listenOnce(t)
  const all = await get('')
  const expected = all.map(({ receivedAt, raw }) => `${receivedAt} ${raw}\n`).join('')
  for (const [query, accept] of [
    ['', 'text/plain'],
    ['?format=text', '*/*'],
    ['?format=text', 'application/json']
  ] as const) {
    const answer = await fetch(`${url}/devices/${mac}/logs${query}`, { headers: { accept } })
    t.match(answer.headers.get('content-type'), /^text\/plain; charset=utf-8/)
    t.equal(answer.headers.get('content-disposition'), `attachment; filename="${mac.replaceAll(':', '-')}.log"`)
    t.equal(await answer.text(), expected)
  }
  const json = await fetch(`${url}/devices/${mac}/logs?format=json`, { headers: { accept: 'text/plain' } })
  t.match(json.headers.get('content-type'), /json/)
  await json.text()
})

t.test('wrong parameters are a 400, an unknown device a 404', async (t) => {
  const { app, mac } = await listenOnce(t)
  for (const query of ['limit=0', 'limit=x', 'after=-1', 'level=X', 'format=xml'])
    t.equal((await app.inject(`/devices/${mac}/logs?${query}`)).statusCode, 400, query)
  const unknown = await app.inject('/devices/02:00:00:00:00:01/logs')
  t.match(unknown.json(), { statusCode: 404, code: 'PLUTO_DEVICE_NOT_FOUND' })
})
