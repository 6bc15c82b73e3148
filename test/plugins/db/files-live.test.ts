import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../../helper.ts'
import { run } from '../../support/command-line.ts'
import { Backend } from '../../support/process.ts'

t.jobs = 3

const json = { 'content-type': 'application/json' }
const configuration = { stratumURL: 'x', stratumPort: 1, stratumUser: 'w', stratumPassword: 'hunter2' }

interface Readiness {
  status: string
  store: { open: boolean; error: string | null; lost: number }
}

/** The backends write again what is deleted, so they end first. */
function aDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-files-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return join(directory, 'data')
}

async function start(t: Test, DATA_DIR: string) {
  const backend = new Backend(t, { DATA_DIR, AUTO_LISTEN: 'false' })
  const url = await backend.url()
  return {
    backend,
    create: (name: string) =>
      fetch(`${url}/presets`, { method: 'POST', headers: json, body: JSON.stringify({ name, configuration }) }),
    names: async () => {
      const { data } = (await (await fetch(`${url}/presets`)).json()) as { data: { name: string }[] }
      return data.map(({ name }) => name)
    },
    readyz: async () => (await fetch(`${url}/readyz`)).json() as Promise<Readiness>,
    metric: async (name: string) =>
      new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1],
    told: (text: string) => backend.lines.filter((line) => line.includes(text))
  }
}

const cutLog = (DATA_DIR: string) => {
  const name = readdirSync(`${DATA_DIR}/store`).find((file) => file.endsWith('.log')) ?? ''
  truncateSync(`${DATA_DIR}/store/${name}`, 0)
}

t.test('P39: a store and its key deleted while it runs are written again, and a restart has everything', async (t) => {
  const DATA_DIR = aDirectory(t)
  const first = await start(t, DATA_DIR)
  t.equal((await first.create('one')).status, 200)
  const key = readFileSync(`${DATA_DIR}/secrets.key`, 'utf8')
  for (const name of readdirSync(DATA_DIR)) rmSync(join(DATA_DIR, name), { recursive: true })
  await until(
    'both are there again',
    () => existsSync(`${DATA_DIR}/store/CURRENT`) && existsSync(`${DATA_DIR}/secrets.key`)
  )
  await until('it is ready', async () => (await first.readyz()).status === 'ready')
  t.equal((await first.create('two')).status, 200)
  t.equal(readFileSync(`${DATA_DIR}/secrets.key`, 'utf8'), key)
  t.equal(first.told('the store cannot be written').length, 1)
  t.equal(first.told('written again from memory, because').length, 1)
  t.equal(first.told('the key file was deleted').length, 1)
  await first.backend.stop('SIGKILL')
  const second = await start(t, DATA_DIR)
  t.same(await second.names(), ['one', 'two'])
  t.equal((await second.readyz()).store.lost, 0)
})

t.test(
  'P39: a moved store answers every change with 503 and the reason, and a second process takes over',
  async (t) => {
    const DATA_DIR = aDirectory(t)
    const first = await start(t, DATA_DIR)
    t.equal((await first.create('one')).status, 200)
    renameSync(`${DATA_DIR}/store`, `${DATA_DIR}/away`)
    const refused = await first.create('two')
    t.equal(refused.status, 503)
    t.match(await refused.json(), {
      code: 'PLUTO_STORE_WRITE',
      message: /DATA_DIR\/store was deleted, moved or replaced/
    })
    t.match(await first.readyz(), { status: 'not ready', store: { open: false, error: /deleted, moved or replaced/ } })
    t.equal(await first.metric('pluto_store_writable'), '0')
    const second = await start(t, DATA_DIR)
    t.equal((await second.create('three')).status, 200)
    t.equal((await first.create('four')).status, 503)
    t.same(await second.names(), ['three'])
    t.equal(first.told('the store cannot be written').length, 1)
    t.equal(await first.backend.stop('SIGTERM'), 0)
    t.equal((await second.create('five')).status, 200)
  }
)

t.test('P39: a key file that is deleted is written again; another key in its place refuses changes', async (t) => {
  const DATA_DIR = aDirectory(t)
  const { create, readyz } = await start(t, DATA_DIR)
  const file = `${DATA_DIR}/secrets.key`
  const key = readFileSync(file, 'utf8')
  rmSync(file)
  t.equal((await create('one')).status, 200)
  t.equal(readFileSync(file, 'utf8'), key)
  writeFileSync(file, 'ab'.repeat(32))
  t.equal((await create('two')).status, 503)
  t.match((await readyz()).store.error, /secrets.key was replaced/)
  t.equal(readFileSync(file, 'utf8'), 'ab'.repeat(32))
  writeFileSync(file, key)
  t.equal((await create('three')).status, 200)
})

t.test('P39: a fresh file system mounted over DATA_DIR refuses changes until it is gone', async (t) => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'pluto-mount-'))
  t.teardown(() => rmSync(DATA_DIR, { recursive: true, force: true }))
  const { create, readyz } = await start(t, DATA_DIR)
  t.equal((await create('one')).status, 200)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', DATA_DIR]).status !== 0)
    return t.pass('only root may mount')
  t.teardown(() => void spawnSync('umount', ['-l', DATA_DIR]))
  t.equal((await create('two')).status, 503)
  t.same(readdirSync(DATA_DIR), [])
  spawnSync('umount', [DATA_DIR])
  await until('it is ready', async () => (await readyz()).status === 'ready')
  t.equal((await create('three')).status, 200)
})

t.test(
  'P40: a log cut off between two starts is told of by log, readiness and metric, and the start goes on',
  async (t) => {
    const DATA_DIR = aDirectory(t)
    const first = await start(t, DATA_DIR)
    for (const name of ['one', 'two', 'three']) t.equal((await first.create(name)).status, 200)
    await first.backend.stop('SIGKILL')
    cutLog(DATA_DIR)
    rmSync(`${DATA_DIR}/secrets.key`)
    const second = await start(t, DATA_DIR)
    t.match(second.told('lacks its newest'), [/lacks its newest 4 commits.*npm run repair.*npm run restore/])
    t.match(await second.readyz(), { status: 'ready', store: { open: true, lost: 4 } })
    t.equal(await second.metric('pluto_store_lost_commits'), '4')
    t.equal((await second.create('four')).status, 200)
  }
)

t.test('P40: a log cut off while it runs loses nothing at a kill -9, and a repair raises no alarm', async (t) => {
  const DATA_DIR = aDirectory(t)
  const first = await start(t, DATA_DIR)
  t.equal((await first.create('one')).status, 200)
  cutLog(DATA_DIR)
  await until('it has been told', () => first.told('the newest log of the store was cut off').length === 1)
  t.equal((await first.create('two')).status, 200)
  await first.backend.stop('SIGKILL')
  cutLog(DATA_DIR)
  t.equal((await run('src/cli/repair.ts', { DATA_DIR })).status, 0)
  const second = await start(t, DATA_DIR)
  t.same(await second.names(), ['one'])
  t.equal((await second.readyz()).store.lost, 0)
})
