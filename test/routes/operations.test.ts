import t from 'tap'
import { build, until, watchFleet } from '../helper.ts'
import { bulk, look, preset, quietFleet, run, tally } from '../plugins/operations/helper.ts'

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057'

t.test('P05 an invalid request is refused, and the field is named', async (t) => {
  const app = await build(t)
  const macs = ['02:00:00:00:00:01']
  const [restart, write] = [
    { filter: {}, action: 'restart' },
    { filter: {}, action: 'settings' }
  ]
  const wrong: [object, string, RegExp][] = [
    [{}, 'body', /action/],
    [{ action: 'restart' }, 'body', /exactly one of macs and filter/],
    [{ ...restart, macs }, 'body', /exactly one of macs and filter/],
    [{ macs: [], action: 'restart' }, 'body.macs', /fewer than 1/],
    [{ macs: ['ee:0'], action: 'restart' }, 'body.macs.0', /MAC address/],
    [{ filter: { models: 'Gamma' }, action: 'restart' }, 'body.filter', /unknown field: "models"/],
    [{ filter: { state: 'on' }, action: 'restart' }, 'body.filter.state', /must be/],
    [{ filter: {}, action: 'format' }, 'body.action', /must be/],
    [{ ...restart, all: true }, 'body', /unknown field: "all"/],
    [{ ...restart, concurrency: 0 }, 'body.concurrency', />= 1/],
    [{ ...restart, concurrency: 65 }, 'body.concurrency', /<= 64/],
    [{ ...restart, concurrency: '5' }, 'body.concurrency', /integer/],
    [{ ...restart, stopAfterFailures: 0 }, 'body.stopAfterFailures', />= 1/],
    [write, 'body.settings', /required for the action settings/],
    [{ ...write, settings: {} }, 'body.settings', /fewer than 1/],
    [{ ...restart, settings: { frequency: 500 } }, 'body.settings', /left out for the action restart/],
    [{ filter: {}, action: 'preset' }, 'body.presetUuid', /required for the action preset/],
    [{ ...restart, presetUuid: UNKNOWN }, 'body.presetUuid', /left out for the action restart/]
  ]
  for (const [body, path, message] of wrong) {
    for (const dryRun of [false, true]) {
      const answer = await bulk(app, { ...body, dryRun })
      t.match(answer, { status: 400, code: 'PLUTO_INVALID_REQUEST', message }, JSON.stringify(body))
      t.match(
        answer.details?.find((detail) => message.test(detail.message)),
        { path },
        JSON.stringify(body)
      )
    }
  }
  t.match(await bulk(app, { filter: {}, action: 'preset', presetUuid: UNKNOWN }), {
    status: 400,
    code: 'PRESET_UNKNOWN'
  })
  t.same(app.operations.list(), [])
})

t.test('unknown devices, and filters that match none, are a 404 that names them', async (t) => {
  const { app } = await quietFleet(t, { devices: 1 })
  const macs = ['02-00-00-00-00-01', '02:00:00:00:00:02']
  for (const dryRun of [false, true]) {
    t.match(await bulk(app, { macs, action: 'restart', dryRun }), {
      status: 404,
      code: 'PLUTO_DEVICE_NOT_FOUND',
      message: /02:00:00:00:00:01, 02:00:00:00:00:02/
    })
    t.match(await bulk(app, { filter: { model: 'Hex', state: 'online' }, action: 'restart', dryRun }), {
      status: 404,
      code: 'PLUTO_NO_DEVICE_MATCHES',
      message: /\{"model":"Hex","state":"online"\}/
    })
  }
  const many = Array.from(
    { length: 5000 },
    (_, i) => `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`
  )
  const { message } = await bulk(app, { macs: many, action: 'restart' })
  t.match(message, /and 4990 more/)
  for (const method of ['GET', 'DELETE'] as const) {
    const answer = await app.inject({ method, url: `/operations/${UNKNOWN}` })
    t.match(answer.json(), { statusCode: 404, code: 'PLUTO_OPERATION_NOT_FOUND', message: UNKNOWN })
    t.equal((await app.inject({ method, url: '/operations/nonsense' })).statusCode, 400)
  }
})

t.test('a filter finds devices by model, ASIC, version, preset, state and text, and by all of them', async (t) => {
  const { app, fleet } = await quietFleet(t, { devices: 11, hostnames: ['garage', 'attic'] })
  const presetUuid = await preset(app)
  const [first] = fleet.miners
  if (!first) throw new Error('no miner')
  await run(app, { macs: [first.mac], action: 'preset', presetUuid })
  const find = async (filter: object) => {
    const { data } = await bulk(app, { filter, action: 'restart', dryRun: true })
    return data.devices.map(({ mac }) => mac)
  }
  const having = (wanted: (miner: (typeof fleet.miners)[number]) => boolean) =>
    fleet.miners
      .filter(wanted)
      .map((miner) => miner.mac)
      .sort()
  t.same(
    await find({}),
    having(() => true)
  )
  t.same(
    await find({ model: 'gamma' }),
    having((miner) => miner.profile.includes('gamma'))
  )
  t.same(
    await find({ asic: 'bm1366' }),
    having((miner) => miner.info().ASICModel === 'BM1366')
  )
  t.same(
    await find({ version: 'v2.12.2' }),
    having((miner) => miner.version === 'v2.12.2')
  )
  t.same(await find({ preset: presetUuid }), [first.mac])
  t.same(
    await find({ preset: null }),
    having((miner) => miner !== first)
  )
  t.same(
    await find({ state: 'idle' }),
    having(() => true)
  )
  t.same(
    await find({ q: 'GARAGE' }),
    having((miner) => miner.info().hostname === 'garage')
  )
  t.same(
    await find({ q: 'attic', model: 'Gamma' }),
    having((miner) => miner.info().hostname === 'attic' && miner.profile.includes('gamma'))
  )
})

t.test('a one-time password is passed on to each miner, and kept nowhere', async (t) => {
  const otpCode = '987654'
  const { app } = await quietFleet(t, { devices: 2, profiles: ['LTS'], otpCode })
  const body = { filter: {}, action: 'settings', settings: { stratumURL: 'pool.fleet.example' } }
  const without = await run(app, body)
  t.strictSame(tally(without), { failed: 2 })
  t.match(without.devices, [{ code: 'MINER_OTP_REQUIRED' }, { code: 'MINER_OTP_REQUIRED' }])
  const { id, ...operation } = await run(app, body, { 'x-totp': otpCode })
  t.strictSame(tally({ id, ...operation }), { applied: 2 })
  t.notMatch(JSON.stringify([await look(app, id), await app.db.operationRows.list(id)]), otpCode)
})

t.test('a MAC in any case and with either separator, given twice, is one device', async (t) => {
  const { app, macs } = await quietFleet(t, { devices: 1, profiles: ['gamma-601-v2.12.2'] })
  const [mac = ''] = macs
  const given = [mac, mac.toUpperCase(), mac.replaceAll(':', '-')]
  const operation = await run(app, { macs: given, action: 'identify' })
  t.match(operation.devices, [{ mac, status: 'applied', note: /Hi!/ }])
  t.equal(operation.total, 1)
})

t.test('the list of operations is narrowed, sorted and cut into pages', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 })
  const macs = fleet.miners.map((miner) => miner.mac)
  for (const settings of [{ frequency: 525 }, { frequency: 550 }, { frequency: 600 }]) {
    const payload = { macs, action: 'settings', settings }
    const { id } = (await app.inject({ method: 'POST', url: '/devices/bulk', payload })).json().data
    await until('the operation is done', () => app.operations.get(id)?.status === 'done')
  }
  const list = async (query: string) => (await app.inject(`/operations?${query}`)).json()
  const all = (await list('')).data.map(({ id }: { id: string }) => id)
  t.equal(all.length, 3)
  const first = await list('limit=2')
  t.equal(first.total, 3)
  const second = await list(`limit=2&cursor=${first.nextCursor}`)
  t.same(
    [...first.data, ...second.data].map(({ id }) => id),
    all
  )
  t.equal(second.nextCursor, null)
  t.equal((await list('status=done&action=settings')).data.length, 3)
  t.equal((await list('action=restart')).data.length, 0)
  t.equal((await list(`q=${all[0]}`)).data.length, 1)
})
