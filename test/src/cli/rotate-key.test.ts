import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Level } from 'level'
import t, { type Test } from 'tap'
import { openStore } from '../../../plugins/db/store.ts'
import { keyIdOf } from '../../../plugins/vault/cipher.ts'
import { run } from '../../support/command-line.ts'
import { build } from '../../helper.ts'
import { Backend } from '../../support/process.ts'

// Each of these waits more than it works.
t.jobs = 4

const ROOT = new URL('../../..', import.meta.url).pathname
const [OLD, NEW] = ['ab'.repeat(32), 'cd'.repeat(32)]
const idOf = (hex: string) => keyIdOf(Buffer.from(hex, 'hex'))
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w' }
const passwords = { stratumPassword: 'hunter2', fallbackStratumPassword: 'hunter3' }
const rotate = (env: Record<string, string>, ...args: string[]) => run('src/cli/rotate-key.ts', env, ...args)

/** A store with two presets that have three passwords. */
async function withSecrets(t: Test, settings: { SECRETS_KEY?: string } = {}) {
  const DATA_DIR = t.testdir()
  const app = await build(t, { DATA_DIR, ...settings })
  const { uuid } = await app.presets.create({ name: 'first', configuration: { ...configuration, ...passwords } })
  await app.presets.create({ name: 'second', configuration: { ...configuration, stratumPassword: 'x' } })
  await app.close()
  return { DATA_DIR, uuid }
}

/** The ids of the keys of every sealed text in a store, in any record. */
async function keysIn(DATA_DIR: string): Promise<string[]> {
  const level = new Level<string, string>(`${DATA_DIR}/store`, { valueEncoding: 'utf8' })
  const texts = await level.values().all()
  await level.close()
  return [...texts.join('\n').matchAll(/"v1\.([0-9a-f]{12})\./g)].map(([, id = '']) => id)
}

const keyFile = (DATA_DIR: string) => readFileSync(`${DATA_DIR}/secrets.key`, 'utf8').trim()

t.test('every sealed text is sealed with a new key, which is in the key file then; the old one is kept', async (t) => {
  const { DATA_DIR, uuid } = await withSecrets(t)
  const before = keyFile(DATA_DIR)
  const { status, stdout, stderr } = await rotate({ DATA_DIR })
  t.equal(status, 0, stderr)
  t.match(stdout, '3 passwords are sealed')
  const after = keyFile(DATA_DIR)
  t.not(after, before)
  t.equal(statSync(`${DATA_DIR}/secrets.key`).mode & 0o777, 0o600)
  const kept = `${DATA_DIR}/secrets.key.old-${idOf(before)}`
  t.equal(readFileSync(kept, 'utf8').trim(), before)
  t.equal(statSync(kept).mode & 0o777, 0o600)
  t.notMatch(stdout + stderr, new RegExp(`hunter|${after}|${before}`))
  t.notOk(existsSync(`${DATA_DIR}/secrets.key.next`))
  t.same(await keysIn(DATA_DIR), [idOf(after), idOf(after), idOf(after)])
  const app = await build(t, { DATA_DIR })
  t.same(app.presets.passwordsOf(uuid), passwords)
})

for (const [steps, what] of [
  [1, 'the new key file is there'],
  [2, 'everything is sealed with the new key'],
  [3, 'the new key is in its place']
] as const) {
  t.test(`after a kill -9 when ${what}, the backend starts with the key that is there`, async (t) => {
    const { DATA_DIR, uuid } = await withSecrets(t)
    const before = keyFile(DATA_DIR)
    const code = `
      const { rotateKey } = await import('./src/cli/key-rotation.ts')
      let steps = 0
      await rotateKey({ DATA_DIR: ${JSON.stringify(DATA_DIR)} }, () => {
        if (++steps === ${steps}) process.kill(process.pid, 'SIGKILL')
      })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, stdio: 'ignore' })
    const [, signal] = await once(child, 'exit')
    t.equal(signal, 'SIGKILL')
    const app = await build(t, { DATA_DIR })
    t.same(app.presets.passwordsOf(uuid), passwords)
    t.equal(keyFile(DATA_DIR) === before, steps === 1)
    t.notOk(existsSync(`${DATA_DIR}/secrets.key.next`), 'the rotation that was cut off is settled')
    await app.close()
    t.match(await rotate({ DATA_DIR }), { status: 0 }, 'and the next rotation goes through')
  })
}

t.test('a new key file that was cut off does not keep the backend from its old key', async (t) => {
  const { DATA_DIR, uuid } = await withSecrets(t)
  writeFileSync(`${DATA_DIR}/secrets.key.next`, 'abc')
  const app = await build(t, { DATA_DIR })
  t.same(app.presets.passwordsOf(uuid), passwords)
})

t.test('with SECRETS_KEY the new key comes from NEW_SECRETS_KEY', async (t) => {
  const { DATA_DIR, uuid } = await withSecrets(t, { SECRETS_KEY: OLD })
  const missing = await rotate({ DATA_DIR, SECRETS_KEY: OLD })
  t.match(missing, { status: 1, stderr: /^The key was not changed: .*NEW_SECRETS_KEY.*\n$/ })
  const done = await rotate({ DATA_DIR, SECRETS_KEY: OLD, NEW_SECRETS_KEY: NEW })
  t.match(done, { status: 0, stdout: /set SECRETS_KEY to the new key/ })
  t.same(new Set(await keysIn(DATA_DIR)), new Set([idOf(NEW)]))
  const again = await rotate({ DATA_DIR, SECRETS_KEY: OLD, NEW_SECRETS_KEY: NEW })
  t.match(again, { status: 0, stdout: /already sealed with NEW_SECRETS_KEY/ })
  const app = await build(t, { DATA_DIR, SECRETS_KEY: NEW })
  t.same(app.presets.passwordsOf(uuid), passwords)
  t.notOk(existsSync(`${DATA_DIR}/secrets.key`))
})

t.test('a missing key, a wrong key and a missing store each say so in one line, and touch nothing', async (t) => {
  const { DATA_DIR } = await withSecrets(t)
  const key = keyFile(DATA_DIR)
  rmSync(`${DATA_DIR}/secrets.key`)
  const files = readdirSync(DATA_DIR)
  const lost = await rotate({ DATA_DIR })
  t.match(lost, { status: 1, stderr: /^The key file .*secrets\.key cannot be used: it is missing.*\n$/ })
  const wrong = await rotate({ DATA_DIR, SECRETS_KEY: OLD, NEW_SECRETS_KEY: NEW })
  t.match(wrong, { status: 1, stderr: new RegExp(`^The passwords .*${idOf(key)}.*${idOf(OLD)}.*\\n$`) })
  t.same(readdirSync(DATA_DIR), files)
  t.same(new Set(await keysIn(DATA_DIR)), new Set([idOf(key)]))
  const elsewhere = `${DATA_DIR}/elsewhere`
  t.match(await rotate({ DATA_DIR: elsewhere }), { status: 1, stderr: /^DATA_DIR .*elsewhere contains no store.*\n$/ })
  t.notOk(existsSync(elsewhere))
})

t.test('while the backend runs, it says that the store is in use', async (t) => {
  const { DATA_DIR } = await withSecrets(t)
  const backend = new Backend(t, { DATA_DIR })
  await backend.url()
  t.match(await rotate({ DATA_DIR }), { status: 1, stderr: /^DATA_DIR .* is in use by another process.*\n$/ })
})

t.test('a damaged password costs the others nothing, and is named', async (t) => {
  const { DATA_DIR, uuid } = await withSecrets(t)
  const store = await openStore(DATA_DIR)
  const record = store.presets.get(uuid)
  if (!record) throw new Error('the preset is gone')
  const secrets = { ...record.secrets, stratumPassword: `${record.secrets.stratumPassword?.slice(0, -4)}AAAA` }
  await store.commit(() => [store.presets.put(uuid, { ...record, secrets })])
  await store.close()
  const { status, stdout } = await rotate({ DATA_DIR })
  t.equal(status, 0)
  t.match(stdout, '2 passwords are sealed')
  t.match(stdout, 'the stratumPassword of the preset "first" is damaged')
  const app = await build(t, { DATA_DIR })
  t.throws(() => app.presets.passwordsOf(uuid), { code: 'SECRET_UNREADABLE' })
})

t.test('--help says what it does, and a wrong option what is wrong', async (t) => {
  t.match(await rotate({}, '--help'), { status: 0, stdout: /NEW_SECRETS_KEY/ })
  t.match(await rotate({}, '--fast'), { status: 2, stderr: /--fast.*--help/ })
})
