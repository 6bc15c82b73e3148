import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Preset } from '../../schemas/preset.ts'
import { build, watchFleet } from '../helper.ts'

const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: '{hostname}.{mac}' }
const body = { name: 'Ocean', configuration: { ...configuration, stratumPassword: 'planted-secret' } }

t.test('a preset is made as existing clients make it: a uuid of their own, and the port as a string', async (t) => {
  const app = await build(t)
  const payload = { ...body, uuid: 'client-made', configuration: { ...body.configuration, stratumPort: '3333' } }
  const answer = await app.inject({ method: 'POST', url: '/presets', payload })
  t.equal(answer.statusCode, 200)
  const { data } = answer.json<{ data: Preset }>()
  t.match(data.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  t.same(data.configuration, { ...configuration, hasPassword: true, hasFallbackPassword: false })
  t.same((await app.inject(`/presets/${data.uuid}`)).json().data, data)
  t.same((await app.inject('/presets')).json().data, [data])
})

t.test('P19 a password of a preset is in no answer and in no file in clear', async (t) => {
  const DATA_DIR = t.testdir()
  const app = await build(t, { DATA_DIR })
  const answers = [await app.inject({ method: 'POST', url: '/presets', payload: body })]
  const { uuid } = answers[0]?.json().data ?? {}
  answers.push(await app.inject('/presets'), await app.inject(`/presets/${uuid}`))
  answers.push(await app.inject({ method: 'PATCH', url: `/presets/${uuid}`, payload: { name: 'Sea' } }))
  answers.push(await app.inject({ method: 'POST', url: '/presets', payload: body }))
  for (const answer of answers) t.notMatch(answer.body, 'planted-secret')
  t.same(app.presets.passwordsOf(uuid), { stratumPassword: 'planted-secret' })
  await app.close()
  const files = readdirSync(DATA_DIR, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  t.ok(files.length > 3)
  for (const file of files)
    t.notOk(readFileSync(`${file.parentPath}/${file.name}`).includes('planted-secret'), file.name)
})

const wrong: [string, object, RegExp][] = [
  ['port', { stratumPort: 'abc' }, /body\.configuration\.stratumPort/],
  ['port', { stratumPort: 0 }, /body\.configuration\.stratumPort/],
  ['port', { stratumPort: '99999' }, /body\.configuration\.stratumPort must be/],
  ['URL', { stratumURL: '' }, /body\.configuration\.stratumURL/],
  ['user', { stratumUser: null }, /body\.configuration\.stratumUser/],
  ['template', { stratumUser: '{worker}' }, /stratumUser contains the unknown placeholder \{worker\}/],
  ['field', { stratumUrl: 'x' }, /"stratumUrl"/],
  ['frequency', { frequency: '525' }, /body\.configuration\.frequency/],
  ['fan speed', { manualFanSpeed: 101 }, /body\.configuration\.manualFanSpeed/]
]
for (const [what, change, message] of wrong) {
  t.test(`P25 a preset with a wrong ${what} (${JSON.stringify(change)}) is refused by name`, async (t) => {
    const app = await build(t)
    const payload = { name: 'x', configuration: { ...configuration, ...change } }
    const answer = await app.inject({ method: 'POST', url: '/presets', payload })
    t.equal(answer.statusCode, 400)
    t.match(answer.json().message, message)
    t.equal(app.presets.list().length, 0)
  })
}

t.test('two presets never have the same name, also when they are made at once', async (t) => {
  const app = await build(t)
  const names = ['Ocean', ' ocean', 'OCEAN ', 'Lake']
  const answers = await Promise.all(
    names.map((name) => app.inject({ method: 'POST', url: '/presets', payload: { name, configuration } }))
  )
  t.same(answers.map((answer) => answer.statusCode).sort(), [200, 200, 409, 409])
  const lake = app.presets.list().find((preset) => preset.name === 'Lake')
  const renamed = await app.inject({ method: 'PATCH', url: `/presets/${lake?.uuid}`, payload: { name: 'ocean' } })
  t.equal(renamed.statusCode, 409)
  t.match(renamed.json(), { code: 'PRESET_NAME_TAKEN' })
  const same = await app.inject({ method: 'PATCH', url: `/presets/${lake?.uuid}`, payload: { name: 'LAKE' } })
  t.match(same.json(), { data: { name: 'LAKE' } })
})

t.test('P14 fifty presets made at once are all there after a restart', async (t) => {
  const DATA_DIR = t.testdir()
  const app = await build(t, { DATA_DIR })
  const payloads = Array.from({ length: 50 }, (_, i) => ({ name: `preset ${i}`, configuration }))
  await Promise.all(payloads.map((payload) => app.inject({ method: 'POST', url: '/presets', payload })))
  await app.close()
  const again = await build(t, { DATA_DIR })
  t.same(
    again.presets
      .list()
      .map((preset) => preset.name)
      .sort(),
    payloads.map(({ name }) => name).sort()
  )
})

t.test('a change keeps what it does not name, and an unknown preset is a 404', async (t) => {
  const app = await build(t)
  const { uuid } = await app.presets.create(body)
  const payload = { configuration: { stratumPort: 4444 } }
  const changed = await app.inject({ method: 'PATCH', url: `/presets/${uuid}`, payload })
  t.match(changed.json().data, {
    name: 'Ocean',
    configuration: { stratumURL: 'pool.example', stratumPort: 4444, hasPassword: true }
  })
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const url = '/presets/01890a5d-ac96-774b-bcce-b302099a8057'
    const answer = await app.inject({ method, url, ...(method === 'PATCH' && { payload }) })
    t.equal(answer.statusCode, 404, method)
    t.match(answer.json(), { code: 'PRESET_NOT_FOUND' })
  }
})

t.test('P25 deleting a preset releases its devices, whose later changes succeed', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 })
  const macs = fleet.miners.map((miner) => miner.mac)
  const { uuid } = await app.presets.create({ name: 'p', configuration })
  for (const mac of macs) await app.devices.edit(mac, { presetUuid: uuid })
  t.same([...app.presets.require(uuid).associatedDevices].sort(), [...macs].sort())
  const deleted = await app.inject({ method: 'DELETE', url: `/presets/${uuid}` })
  t.match(deleted.json().data, { uuid, name: 'p' })
  t.same(
    app.devices.list().map((device) => device.presetUuid),
    [null, null]
  )
  const later = await app.inject({
    method: 'PATCH',
    url: `/devices/imprint/${macs[0]}`,
    payload: { device: { type: 'x' } }
  })
  t.equal(later.statusCode, 200)
  const again = await app.inject({
    method: 'PATCH',
    url: `/devices/imprint/${macs[0]}`,
    payload: { device: { presetUuid: uuid } }
  })
  t.equal(again.statusCode, 400)
  t.match(again.json(), { code: 'PRESET_UNKNOWN' })
})
