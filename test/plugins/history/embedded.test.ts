import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { serve, until, watchFleet } from '../../helper.ts'

/** Requests a history. @returns the response and its values */
async function ask(app: FastifyInstance, path: string) {
  const answer = await app.inject(path)
  const { data, ...rest } = answer.json()
  const values: (number | null)[] = data?.points.map(({ value }: { value: number | null }) => value) ?? []
  return { status: answer.statusCode, data, values, known: values.filter((value) => value !== null), ...rest }
}

async function frozenFleet(t: Test, devices = 2, directory?: string) {
  const DATA_DIR = directory ?? mkdtempSync(join(tmpdir(), 'pluto-history-'))
  if (directory === undefined) t.teardown(() => rmSync(DATA_DIR, { recursive: true, force: true, maxRetries: 5 }))
  const profiles = ['gamma-601-v2.15.3', 'gamma-601-v2.12.2']
  const { app, fleet } = await watchFleet(
    t,
    { devices, profiles },
    (fleet) => {
      for (const miner of fleet.miners) miner.fault('freeze')
      return { DATA_DIR }
    },
    { history: { sampleMs: 50 } }
  )
  const [a] = fleet.miners
  if (!a) throw new Error('a miner')
  return { app, fleet, a, DATA_DIR }
}

/** Float32 holds seven digits. */
const alike = (actual: unknown, expected: number) => Math.abs(Number(actual) - expected) <= expected * 1e-6

t.test('charts work on first start: an hour of points, the newest with the value of the miner', async (t) => {
  const { app, a } = await frozenFleet(t)
  const { status, data, values, known } = await ask(app, `/devices/${a.mac}/history?metric=hashrateHps`)
  t.equal(status, 200)
  t.match(data, { metric: 'hashrateHps', unit: 'H/s', source: 'embedded', stepSeconds: 60 })
  t.ok(values.length === 60 || values.length === 61)
  t.ok(alike(known.at(-1), Number(a.info()['hashRate']) * 1e9), `${known}`)
  t.equal(values[0], null)
  const dashed = a.mac.toUpperCase().replaceAll(':', '-')
  t.equal((await ask(app, `/devices/${dashed}/history?metric=powerWatts`)).known.length, known.length)
})

t.test('P08 the history of the fleet is that of its online devices', async (t) => {
  const { app, fleet } = await frozenFleet(t)
  const power = fleet.miners.reduce((sum, miner) => sum + Number(miner.info()['power']), 0)
  await until('the fleet was summed up', async () => {
    const { known } = await ask(app, '/fleet/history?metric=devicesOnline')
    return Number(known.at(-1)) > 0
  })
  const { data, known } = await ask(app, '/fleet/history?metric=powerWatts')
  t.match(data, { metric: 'powerWatts', unit: 'W', source: 'embedded' })
  // The first samples may be of a fleet that was not complete
  t.ok(Number(known.at(-1)) > 0 && Number(known.at(-1)) <= power * 1.000001, `${known} of ${power}`)
})

t.test('the history survives a restart, and goes with its device', async (t) => {
  const { app, a, fleet, DATA_DIR } = await frozenFleet(t)
  const path = `/devices/${a.mac}/history?metric=hashrateHps`
  t.ok((await ask(app, path)).known.length > 0)
  await app.close()

  const { app: again } = await serve(t, { DATA_DIR, AUTO_LISTEN: false })
  t.ok(alike((await ask(again, path)).known.at(-1), Number(a.info()['hashRate']) * 1e9))
  await again.inject({ method: 'DELETE', url: `/devices/imprint/${a.mac}` })
  t.match(await ask(again, path), { status: 404, code: 'PLUTO_DEVICE_NOT_FOUND' })
  const hour = Math.floor(Date.now() / 3_600_000)
  const other = fleet.miners[1]?.mac ?? ''
  await until('its records are gone', async () => {
    const stored = await Promise.all([again.db.history.readHour(hour), again.db.history.readHour(hour - 1)])
    return stored.every((records) => !records.has(a.mac))
  })
  const path2 = path.replace(a.mac, other)
  t.ok((await ask(again, path2)).known.length > 0, 'the other one keeps its own')
})

t.test('times are ISO or seconds, and steps begin at multiples of their length', async (t) => {
  const { app, a } = await frozenFleet(t, 1)
  const path = `/devices/${a.mac}/history?metric=asicCelsius`
  const { data } = await ask(app, `${path}&from=2026-09-23T12:01:00Z&to=2026-09-23T12:20:00.000Z&step=600`)
  t.same(data.points, [
    { at: '2026-09-23T12:00:00.000Z', value: null },
    { at: '2026-09-23T12:10:00.000Z', value: null }
  ])
  const seconds = Date.UTC(2026, 8, 23, 12, 1) / 1000
  t.same((await ask(app, `${path}&from=${seconds}&to=${seconds + 1140}&step=600`)).data, data)
  t.equal((await ask(app, `${path}&from=${seconds}&to=${seconds + 86_400}`)).data.stepSeconds, 300)
})

t.test(
  'an unknown metric, an invalid time, a reversed range, a step too short and too many points are refused with their reason',
  async (t) => {
    const { app, a } = await frozenFleet(t, 1)
    const refused = async (query: string) => {
      const { status, code, message } = await ask(app, `/devices/${a.mac}/history?${query}`)
      t.equal(status, 400, query)
      return `${code} ${message}`
    }
    const good = 'metric=powerWatts'
    for (const query of ['', 'metric=wifiPass', `${good}&from=yesterday`, `${good}&step=59`, `${good}&step=1.5`])
      t.match(await refused(query), /^PLUTO_INVALID_REQUEST/)
    t.match(await refused(`${good}&from=2000&to=1000`), 'PLUTO_HISTORY_RANGE from is not before to')
    t.match(await refused(`${good}&from=2026-13-01T00:00Z`), 'from "2026-13-01T00:00Z" is not a valid time')
    t.match(await refused(`${good}&step=1e400`), 'PLUTO_HISTORY_RANGE step must be a whole number of seconds')
    t.match(await refused(`${good}&from=0&step=60`), /points are more than 1500/)
  }
)
