import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { run } from '../../support/command-line.ts'
import { serve } from '../../helper.ts'

// Each of these waits more than it works.
t.jobs = 4

const SECRETS_KEY = 'ab'.repeat(32)
const API_TOKEN = 'full-token-0123456789'
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w', stratumPassword: 'hunter2' }
const { app, url } = await serve(t, { SECRETS_KEY, API_TOKEN: `operator=${API_TOKEN}` })
await app.presets.create({ name: 'Ocean', configuration })
const env = { PLUTO_URL: url, API_TOKEN: `operator=${API_TOKEN}` }

/** A server that stands in for a backend. */
async function standIn(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('what backup has written, restore brings back, and each says in a line what it was', async (t) => {
  const file = `${t.testdir()}/pluto.ndjson`
  const saved = await run('src/cli/backup.ts', env, file)
  t.match(saved, { status: 0, stderr: '', stdout: /pluto\.ndjson: \d+ records, .* 1 presets, made .*, key \w{12}\n$/ })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notMatch(readFileSync(file, 'utf8'), 'hunter2')
  const { app: fresh, url: to } = await serve(t, { SECRETS_KEY })
  const restored = await run('src/cli/restore.ts', {}, '--url', `${to}/`, file)
  t.match(restored, { status: 0, stderr: '', stdout: /restored: .*1 presets/ })
  t.match(fresh.presets.list(), [{ name: 'Ocean' }])
})

t.test('a backup that breaks off leaves the file before it as it was, and nothing beside it', async (t) => {
  const directory = t.testdir({ 'pluto.ndjson': 'the one before' })
  const stub = await standIn(t, (_request, response) => {
    response.write('{"format":"pluto-backup","formatVersion":1,"schemaVersion":1,"keyId":"x","createdAt":"x"}\n')
    response.end()
  })
  const { status, stderr } = await run('src/cli/backup.ts', { PLUTO_URL: stub }, `${directory}/pluto.ndjson`)
  t.equal(status, 1)
  t.match(stderr, /^This is not a complete backup: it is cut off after 0 records.*\n$/)
  t.same(readdirSync(directory), ['pluto.ndjson'])
  t.equal(readFileSync(`${directory}/pluto.ndjson`, 'utf8'), 'the one before')
})

t.test('a connection that breaks off is told of in one line', async (t) => {
  const directory = t.testdir()
  const stub = await standIn(t, (_request, response) => {
    response.write('{"format"')
    setImmediate(() => response.destroy())
  })
  const { status, stderr } = await run('src/cli/backup.ts', { PLUTO_URL: stub }, `${directory}/pluto.ndjson`)
  t.match({ status, stderr }, { status: 1, stderr: /^.*pluto\.ndjson was not written: .*\n$/ })
  t.same(readdirSync(directory), [])
})

t.test('each failure is one line and exit code 1, a wrong command line is exit code 2', async (t) => {
  const directory = t.testdir({ foreign: 'hello\n' })
  const file = `${directory}/pluto.ndjson`
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  const nowhere = { PLUTO_URL: `http://127.0.0.1:${port}` }
  const failures: [script: string, env: Record<string, string>, args: string[], status: number, said: RegExp][] = [
    ['backup', nowhere, [file], 1, /^127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED\n$/],
    ['backup', { PLUTO_URL: url }, [file], 1, /^127\.0\.0\.1:\d+: Missing or unknown token.*\n$/],
    ['backup', env, [`${directory}/no/such/file`], 1, /was not written: ENOENT/],
    ['backup', env, [directory], 1, /is not a regular file/],
    ['restore', env, [`${directory}/foreign`], 1, /^This is not a complete backup: its first line.*\n$/],
    ['restore', env, [`${directory}/missing`], 1, /^ENOENT.*missing.*\n$/],
    ['backup', {}, ['--url', 'ftp://x', file], 2, /"ftp:\/\/x" is not a URL/],
    ['backup', { API_TOKEN: 'short' }, [file], 2, /^API_TOKEN: .*--help.*\n$/],
    ['backup', {}, [], 2, /takes one file.*--help/],
    ['restore', {}, ['a', 'b'], 2, /takes one file.*--help/],
    ['restore', {}, ['--quick', 'a'], 2, /--quick/]
  ]
  await Promise.all(
    failures.map(async ([script, settings, args, status, said]) => {
      const answer = await run(`src/cli/${script}.ts`, settings, ...args)
      t.match(answer, { status, stderr: said, stdout: '' }, `${script} ${args.join(' ')}`)
    })
  )
  t.notOk(existsSync(file))
})

t.test('another key is told of, and --without-passwords restores the rest', async (t) => {
  const file = `${t.testdir()}/pluto.ndjson`
  await run('src/cli/backup.ts', env, file)
  const { app: other, url: to } = await serve(t)
  const refused = await run('src/cli/restore.ts', { PLUTO_URL: to }, file)
  t.match(refused, { status: 1, stderr: /sealed with the key \w{12}, but this service has the key \w{12}/ })
  t.equal(other.presets.list().length, 0)
  t.equal((await run('src/cli/restore.ts', { PLUTO_URL: to }, '--without-passwords', file)).status, 0)
  t.match(other.presets.list(), [{ name: 'Ocean', configuration: { hasPassword: false } }])
})

t.test('a file that is not as it was made is refused before it is sent', async (t) => {
  const directory = t.testdir()
  const file = `${directory}/pluto.ndjson`
  await run('src/cli/backup.ts', env, file)
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n`)
  t.match(await run('src/cli/restore.ts', env, file), {
    status: 1,
    stderr: /something follows its last line/,
    stdout: ''
  })
})

t.test('--help of each says how it is used', async (t) => {
  for (const script of ['backup', 'restore'])
    t.match(await run(`src/cli/${script}.ts`, {}, '--help'), { status: 0, stdout: new RegExp(`npm run ${script} -- `) })
})
