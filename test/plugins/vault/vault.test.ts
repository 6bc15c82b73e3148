import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createCipher } from '../../../plugins/vault/cipher.ts'
import { buildApp } from '../../../src/app.ts'
import { build, testConfig } from '../../helper.ts'

const key = Buffer.alloc(32, 7)
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w', stratumPassword: 'hunter2' }

t.test('a sealed text opens only with the same key in the same place', async (t) => {
  const cipher = createCipher(key)
  const sealed = cipher.seal('hunter2', 'presets/1/stratumPassword')
  t.equal(cipher.open(sealed, 'presets/1/stratumPassword'), 'hunter2')
  t.notMatch(sealed, 'hunter2')
  t.not(sealed, cipher.seal('hunter2', 'presets/1/stratumPassword'), 'no two seals are alike')
  t.throws(() => cipher.open(sealed, 'presets/2/stratumPassword'), { code: 'SECRET_UNREADABLE' })
  t.throws(
    () => createCipher(Buffer.alloc(32, 8)).open(sealed, 'presets/1/stratumPassword'),
    /another|sealed with the key/
  )
  const damaged = `${sealed.slice(0, -4)}AAAA`
  t.throws(() => cipher.open(damaged, 'presets/1/stratumPassword'), /damaged/)
  t.throws(() => cipher.open('nonsense', 'x'), { code: 'SECRET_UNREADABLE' })
})

t.test('the key file is created at the first start, readable only by its owner, and used from then on', async (t) => {
  const DATA_DIR = t.testdir()
  const first = await build(t, { DATA_DIR })
  const file = `${DATA_DIR}/secrets.key`
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}\n$/)
  const { uuid } = await first.presets.create({ name: 'p', configuration })
  await first.close()
  const second = await build(t, { DATA_DIR })
  t.same(second.presets.passwordsOf(uuid), { stratumPassword: 'hunter2' })
})

async function withData(t: Test) {
  const DATA_DIR = t.testdir()
  const app = await build(t, { DATA_DIR })
  await app.presets.create({ name: 'p', configuration })
  await app.close()
  return DATA_DIR
}

t.test('a key file that is missing stops the start, and no new one is made in its place', async (t) => {
  const DATA_DIR = await withData(t)
  rmSync(`${DATA_DIR}/secrets.key`)
  await t.rejects(buildApp(testConfig(t, { DATA_DIR })), { code: 'PLUTO_KEY_FILE', message: /missing/ })
  t.throws(() => statSync(`${DATA_DIR}/secrets.key`))
})

t.test('another key stops the start, and touches nothing', async (t) => {
  const DATA_DIR = await withData(t)
  const SECRETS_KEY = 'ab'.repeat(32)
  await t.rejects(buildApp(testConfig(t, { DATA_DIR, SECRETS_KEY })), { code: 'PLUTO_WRONG_KEY' })
  const again = await build(t, { DATA_DIR })
  t.equal(again.presets.list().length, 1)
})

t.test('a key file that holds no key stops the start with its name', async (t) => {
  const DATA_DIR = t.testdir()
  mkdirSync(DATA_DIR, { recursive: true })
  writeFileSync(`${DATA_DIR}/secrets.key`, 'short')
  await t.rejects(buildApp(testConfig(t, { DATA_DIR })), { code: 'PLUTO_KEY_FILE', message: /secrets\.key.*32 bytes/ })
})

t.test('SECRETS_KEY takes the place of the key file', async (t) => {
  const DATA_DIR = t.testdir()
  const SECRETS_KEY = Buffer.alloc(32, 3).toString('base64')
  const app = await build(t, { DATA_DIR, SECRETS_KEY })
  t.throws(() => statSync(`${DATA_DIR}/secrets.key`))
  const { uuid } = await app.presets.create({ name: 'p', configuration })
  t.same(app.presets.passwordsOf(uuid), { stratumPassword: 'hunter2' })
})

t.test('a damaged password is told of by its name, and neither the preset nor another one breaks', async (t) => {
  const DATA_DIR = t.testdir()
  const app = await build(t, { DATA_DIR })
  const damaged = await app.presets.create({ name: 'damaged', configuration })
  const whole = await app.presets.create({ name: 'whole', configuration })
  const record = app.db.presets.get(damaged.uuid)
  const other = app.db.presets.get(whole.uuid)
  if (!record || !other) throw new Error('a preset is gone')
  // Sealed for another preset: it is whole, and in the wrong place.
  const secrets = { stratumPassword: other.secrets.stratumPassword ?? '' }
  await app.db.commit(() => [app.db.presets.put(damaged.uuid, { ...record, secrets })])
  t.throws(() => app.presets.passwordsOf(damaged.uuid), {
    code: 'SECRET_UNREADABLE',
    statusCode: 409,
    message: `The secret presets/${damaged.uuid}/stratumPassword cannot be read: it is damaged. Set it again with PATCH /presets/:id`
  })
  t.same(app.presets.passwordsOf(whole.uuid), { stratumPassword: 'hunter2' })
  t.equal(app.presets.list().length, 2)
  await app.presets.change(damaged.uuid, { configuration: { stratumPassword: 'new' } })
  t.same(app.presets.passwordsOf(damaged.uuid), { stratumPassword: 'new' })
})
