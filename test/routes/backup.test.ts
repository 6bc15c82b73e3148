import { createHash } from 'node:crypto'
import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { build, serve, stateOf, until, watchFleet } from '../helper.ts'

const ndjson = { 'content-type': 'application/x-ndjson' }
const SECRETS_KEY = 'ab'.repeat(32)
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w', stratumPassword: 'hunter2' }

const { app, url, fleet } = await watchFleet(t, { devices: 4 }, { SECRETS_KEY }, { backup: { maxBytes: 1_000_000 } })
const macs = fleet.miners.map((miner) => miner.mac).sort()
const kept = macs.slice(0, 2)
const preset = await app.presets.create({ name: 'Ocean', configuration })
for (const mac of macs.slice(2)) await app.devices.remove(mac)
await app.devices.edit(kept[0] ?? '', { type: 'Kitchen', presetUuid: preset.uuid })
await until('the last readings are stored', async () => (await app.db.readTelemetry(kept)).every(Boolean))
const backup = (await app.inject({ method: 'POST', url: '/backup' })).body

const restore = (to: FastifyInstance, payload: string | Buffer, query: Record<string, string> = {}) =>
  to.inject({ method: 'PUT', url: '/backup', headers: ndjson, payload, query })
const linesOf = (text: string) => text.trimEnd().split('\n')
const imprinted = (from: FastifyInstance) =>
  from.devices
    .list()
    .map((device) => device.mac)
    .sort()

/** Everything that a backup would hold but what the poller writes. */
async function storedIn(from: FastifyInstance): Promise<string[]> {
  const { body } = await from.inject({ method: 'POST', url: '/backup' })
  return linesOf(body)
    .slice(1, -1)
    .filter((line) => !line.startsWith('{"table":"telemetry"'))
}

/** Puts an end to lines as a backup has it, so that nothing but what is in them can be wrong. */
function seal(lines: string[]): string {
  const body = lines.map((line) => `${line}\n`).join('')
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ end: true, records: lines.length - 1, sha256 })}\n`
}

t.test('a backup is lines of JSON with a header, records and a checksum, and its passwords stay sealed', async (t) => {
  const lines = linesOf(backup).map((line) => JSON.parse(line))
  t.match(lines[0], { format: 'pluto-backup', formatVersion: 1, schemaVersion: 1, keyId: app.vault.keyId })
  t.match(lines.at(-1), { end: true, records: lines.length - 2, sha256: /^[0-9a-f]{64}$/ })
  const tables = new Set(lines.slice(1, -1).map(({ table }) => table))
  t.same(tables, new Set(['imprinted', 'discovered', 'presets', 'telemetry']))
  t.equal(seal(linesOf(backup).slice(0, -1)), backup)
  t.notMatch(backup, 'hunter2')
  t.match(backup, `"v1.${app.vault.keyId}.`)
})

t.test(
  'a restore brings a running service into the state of the backup: tables, presets, and who is polled',
  async (t) => {
    const [gone = '', back = ''] = [macs[2], kept[1]]
    await app.devices.remove(back)
    await app.devices.imprint([gone])
    await app.devices.edit(kept[0] ?? '', { type: 'Cellar', presetUuid: null })
    await app.presets.change(preset.uuid, { name: 'Changed', configuration: { stratumPassword: 'other' } })
    await app.presets.create({ name: 'Later', configuration })

    const answer = await restore(app, backup)
    t.equal(answer.statusCode, 200, answer.body)
    t.match(answer.json().data, { imprinted: 2, presets: 1, released: 1, claimed: 1 })
    t.equal(app.deviceHub.get(gone), undefined)
    t.same(imprinted(app), kept)
    t.match(app.devices.get(kept[0] ?? ''), { type: 'Kitchen', presetUuid: preset.uuid, state: 'online' })
    t.same(app.presets.list(), [{ ...preset, associatedDevices: [kept[0]] }])
    t.same(app.presets.passwordsOf(preset.uuid), { stratumPassword: 'hunter2' })
    await until('both are online', () => stateOf(app).every((state) => state === 'online'))
    const asked = fleet.miner(gone).infoRequests
    const others = kept.map((mac) => fleet.miner(mac).infoRequests)
    await until('the others are polled on', () =>
      kept.every((mac, i) => fleet.miner(mac).infoRequests > (others[i] ?? 0) + 2)
    )
    t.equal(fleet.miner(gone).infoRequests, asked, 'and the one that is gone is not')
  }
)

t.test('a fresh service with the same key takes a backup in, and has it after a restart', async (t) => {
  const DATA_DIR = t.testdir()
  const fresh = await build(t, { DATA_DIR, SECRETS_KEY, AUTO_LISTEN: false })
  t.equal((await restore(fresh, backup)).statusCode, 200)
  await fresh.close()
  const again = await build(t, { DATA_DIR, SECRETS_KEY, AUTO_LISTEN: false })
  t.same(imprinted(again), kept)
  t.same(again.presets.passwordsOf(preset.uuid), { stratumPassword: 'hunter2' })
  t.ok(
    again.devices.list().every((device) => 'ASICModel' in (device.info as object)),
    'with their last answers'
  )
})

t.test('another key is refused by its name; without passwords the rest is taken in', async (t) => {
  const other = await build(t, { AUTO_LISTEN: false })
  const refused = await restore(other, backup)
  t.equal(refused.statusCode, 409)
  t.match(refused.json(), { code: 'PLUTO_BACKUP_KEY', message: app.vault.keyId })
  t.equal(other.db.imprinted.size, 0)
  t.equal((await restore(other, backup, { withoutPasswords: 'true' })).statusCode, 200)
  t.same(imprinted(other), kept)
  t.match(other.presets.list(), [{ name: 'Ocean', configuration: { hasPassword: false } }])
})

const lines = linesOf(backup)
const [header = '', ...records] = lines.slice(0, -1)
const footer = lines.at(-1) ?? ''
const withHeader = (change: object) => seal([JSON.stringify({ ...JSON.parse(header), ...change }), ...records])
const spoiled: [what: string, text: string, status: number, said: RegExp][] = [
  ['an empty file', '', 400, /it is empty/],
  ['a foreign file', 'hello\nworld\n', 400, /first line is not that of a backup/],
  ['another JSON', '{"a":1}\n', 400, /first line is not that of a backup/],
  ['a file without its end', `${[header, ...records].join('\n')}\n`, 400, /cut off after \d+ records/],
  ['a file cut off within a line', backup.slice(0, -200), 400, /cut off/],
  ['a file with a letter changed', backup.replace('Kitchen', 'kitchen'), 400, /checksum is wrong/],
  ['a file with a line taken out', [header, ...records.slice(1), footer, ''].join('\n'), 400, /tells of \d+ records/],
  ['a file with something behind its end', `${backup}{}\n`, 400, /something follows/],
  ['a line that is no record', seal([header, '{"table":"imprinted"}']), 400, /line 2 is not a record/],
  ['a line that is no JSON', seal([header, 'x']), 400, /line 2 is not JSON/],
  [
    'a line that nests too deeply',
    seal([header, `{"table":"presets","key":"a","value":${'['.repeat(60)}${']'.repeat(60)}}`]),
    400,
    /line 2: it nests deeper than 50 levels/
  ],
  [
    'a table that there is not',
    seal([header, '{"table":"x","key":"a","value":1}']),
    400,
    /line 2 is not a record of "x"/
  ],
  ['a record of another form', seal([header, '{"table":"presets","key":"a","value":{}}']), 400, /record of "presets"/],
  [
    'a record under the key of another',
    seal([header, (records[0] ?? '').replace(/"key":"[^"]+"/, '"key":"a"')]),
    400,
    /line 2/
  ],
  ['another format', withHeader({ formatVersion: 2 }), 400, /format 2/],
  ['a newer schema', withHeader({ schemaVersion: 2 }), 409, /version 2, this program supports versions up to 1/],
  ['a file that is too large', `${backup}${' '.repeat(1_000_000)}`, 413, /larger than 1000000 bytes/]
]

for (const [what, text, status, said] of spoiled) {
  t.test(`${what} is refused with what is wrong, and nothing is touched`, async (t) => {
    const before = await storedIn(app)
    const answer = await restore(app, text)
    t.equal(answer.statusCode, status, answer.body)
    t.match(answer.json().message, said)
    t.match(answer.json().message, /Nothing was changed/)
    t.same(await storedIn(app), before)
  })
}

t.test('over a socket, an upload that is refused at its beginning is answered all the same', async (t) => {
  const body = `${'{"a":1}\n'.repeat(1)}${'x'.repeat(20_000_000)}`
  const answer = await fetch(`${url}/backup`, { method: 'PUT', headers: ndjson, body })
  t.equal(answer.status, 400)
  t.match(await answer.json(), { code: 'PLUTO_BACKUP_INVALID' })
})

t.test('a restore waits for nobody: while an operation runs it is refused, and so is a second restore', async (t) => {
  const miner = fleet.miner(kept[0] ?? '')
  miner.fault('hang')
  const operation = await app.operations.start({ macs: kept, action: 'identify' }, {})
  t.match((await restore(app, backup)).json(), { statusCode: 409, code: 'PLUTO_RESTORE_BUSY', message: operation.id })
  miner.clearFaults()
  await until('it has ended', () => app.operations.get(operation.id)?.finishedAt)
  const answers = await Promise.all([restore(app, backup), restore(app, backup)])
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 409])
})

t.test('an operation that ran when the backup was made is told of as interrupted', async (t) => {
  const operation = await app.operations.start({ macs: kept, action: 'identify' }, {})
  await until('it has ended', () => app.operations.get(operation.id)?.finishedAt)
  const running = { ...app.operations.get(operation.id), status: 'running', finishedAt: undefined }
  const row = { table: 'operation-rows', key: `${operation.id}:${kept[0]}`, value: { mac: kept[0], status: 'running' } }
  const record = { table: 'operations', key: operation.id, value: running }
  const text = seal([header, ...records, JSON.stringify(record), JSON.stringify(row)])
  const fresh = await build(t, { SECRETS_KEY, AUTO_LISTEN: false })
  t.equal((await restore(fresh, text)).statusCode, 200)
  const detail = await fresh.operations.detail(operation.id)
  t.match(detail, { status: 'interrupted', devices: [{ mac: kept[0], status: 'unknown' }] })
})

t.test('what a miner was given since is not known, so no device counts as having its preset', async (t) => {
  const line = records.find((one) => one.includes('"table":"imprinted"')) ?? ''
  const { value, ...rest } = JSON.parse(line)
  const presetApplied = { uuid: preset.uuid, updatedAt: preset.updatedAt }
  const text = seal([header, JSON.stringify({ ...rest, value: { ...value, presetApplied } })])
  const fresh = await build(t, { SECRETS_KEY, AUTO_LISTEN: false })
  t.equal((await restore(fresh, text)).statusCode, 200)
  t.notOk('presetApplied' in (fresh.db.imprinted.get(value.mac) ?? {}))
})

t.test('a key that would change a prototype is left out of what is restored', async (t) => {
  const line = records.find((one) => one.includes('"table":"imprinted"')) ?? ''
  const text = seal([header, line.replace('"value":{', '"value":{"__proto__":{"planted":true},')])
  const fresh = await build(t, { SECRETS_KEY, AUTO_LISTEN: false })
  t.equal((await restore(fresh, text)).statusCode, 200)
  t.equal(fresh.db.imprinted.size, 1)
  for (const record of fresh.db.imprinted.list()) t.notOk(Object.hasOwn(record, '__proto__'))
})

t.test('a token that may read can neither make a backup nor bring one', async (t) => {
  const [API_TOKEN, READ_TOKEN] = ['full-token-0123456789', 'read-token-0123456789']
  const { app } = await serve(t, { API_TOKEN, READ_TOKEN, AUTO_LISTEN: false })
  for (const method of ['POST', 'PUT'] as const) {
    const ask = (token: string) => app.inject({ method, url: '/backup', headers: { authorization: `Bearer ${token}` } })
    t.match((await ask(READ_TOKEN)).json(), { statusCode: 403, code: 'PLUTO_READ_ONLY_TOKEN' })
    t.not((await ask(API_TOKEN)).statusCode, 403)
  }
})

t.test('a backup is a snapshot of the store: changes while it is read do not show', async (t) => {
  const fresh = await build(t, { SECRETS_KEY, AUTO_LISTEN: false })
  const stream = await fresh.backup.save()
  await fresh.presets.create({ name: 'too late', configuration })
  const text = Buffer.concat(await stream.toArray()).toString()
  t.notMatch(text, 'too late')
  t.match((await fresh.inject({ method: 'POST', url: '/backup' })).body, 'too late')
})
