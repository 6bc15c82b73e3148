import { randomUUID } from 'node:crypto'
import t from 'tap'
import { FAILURE, ISO, start, startImprinted, type Device, type Envelope, type Preset } from './helper.ts'

const pool = { stratumURL: 'solo.ckpool.org', stratumPort: '3333', stratumUser: 'bc1qexample', stratumPassword: 'x' }

t.test('a preset is made as the frontend makes it: with a uuid of its own, and the port as a string', async (t) => {
  const { send } = await start(t, { devices: 1 })
  const own = randomUUID()
  const made = await send<Envelope<Preset>>('POST', '/presets', { uuid: own, name: 'Solo', configuration: pool })
  t.equal(made.status, 200)
  const { message, data } = made.body
  t.type(message, 'string')
  t.not(data.uuid, own)
  t.match(data, {
    uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    name: 'Solo',
    configuration: { stratumURL: 'solo.ckpool.org', stratumPort: 3333, stratumUser: 'bc1qexample' },
    createdAt: ISO,
    updatedAt: ISO
  })
  t.same(data.associatedDevices, [])
  t.notOk('stratumPassword' in data.configuration)
  t.same((await send<Envelope<Preset>>('GET', `/presets/${data.uuid}`)).body.data, data)
  t.same((await send<Envelope<Preset[]>>('GET', '/presets')).body.data, [data])
  t.equal((await send('GET', `/presets/${own}`)).status, 404)
})

t.test('P25 a preset that makes no sense is a 400, and a name that is taken a 409', async (t) => {
  const { send } = await start(t, { devices: 1 })
  t.equal((await send('POST', '/presets', { name: 'Solo', configuration: pool })).status, 200)
  const wrong: [number, object][] = [
    [409, { name: 'Solo', configuration: pool }],
    [400, { name: 'x', configuration: { ...pool, stratumPort: 'abc' } }],
    [400, { name: 'x', configuration: { ...pool, stratumPort: 70_000 } }],
    [400, { name: 'x', configuration: { stratumURL: 'x' } }],
    [400, { name: '', configuration: pool }],
    [400, { name: 'x' }],
    [400, { configuration: pool }]
  ]
  for (const [status, body] of wrong) {
    const answer = await send<object>('POST', '/presets', body)
    t.equal(answer.status, status, JSON.stringify(body))
    t.match(answer.body, { ...FAILURE, statusCode: status })
  }
  t.match((await send('GET', '/presets')).body, { data: { length: 1 } })
})

t.test('DELETE /presets/:id answers the preset, and its devices are released', async (t) => {
  const { send, macs } = await startImprinted(t, { devices: 1 })
  const made = await send<Envelope<Preset>>('POST', '/presets', { name: 'Solo', configuration: pool })
  const { uuid } = made.body.data
  await send('PATCH', `/devices/imprint/${macs[0]}`, { device: { presetUuid: uuid } })
  const users = async () => (await send<Envelope<Device[]>>('GET', `/devices/presets/${uuid}`)).body.data
  t.match(await users(), [{ mac: macs[0], presetUuid: uuid }])
  t.match((await send('GET', `/presets/${uuid}`)).body, { data: { associatedDevices: { length: 1 } } })
  t.match(await send('DELETE', `/presets/${uuid}`), {
    status: 200,
    body: { message: String, data: { uuid, name: 'Solo' } }
  })
  t.same(await users(), [])
  t.match((await send('GET', `/devices/imprint/${macs[0]}`)).body, { data: { presetUuid: null } })
  t.equal((await send('GET', `/presets/${uuid}`)).status, 404)
  t.equal((await send('DELETE', `/presets/${uuid}`)).status, 404)
})
