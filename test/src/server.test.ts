import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { simulate, until } from '../helper.ts'
import { Backend } from '../support/process.ts'

// These tests mostly wait.
t.jobs = 4

const json = { 'content-type': 'application/json' }

async function fleetOf(t: Parameters<typeof simulate>[0], devices: number) {
  const fleet = await simulate(t, { devices, profiles: ['gamma-601-v2.1'] })
  const env = {
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(','),
    POLL_INTERVAL_MS: '1000',
    DATA_DIR: t.testdir()
  }
  return { fleet, env, macs: fleet.miners.map((miner) => miner.mac) }
}

const put = (url: string, body: object) =>
  fetch(url, { method: 'PUT', headers: json, body: JSON.stringify(body) }).then((answer) => answer.status)

t.test('an invalid setting stops the start with one clear line and exit code 1', async (t) => {
  const backend = new Backend(t, { PORT: 'abc', DATA_DIR: t.testdir() })
  t.equal(await backend.ended(), 1)
  t.same(backend.lines, ['PORT="abc" is not allowed: use a whole number from 0 to 65535'])
})

t.test('a port in use stops the start with one clear line and exit code 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const backend = new Backend(t, { PORT: String(port), DATA_DIR: t.testdir(), LOG_LEVEL: 'silent' })
  t.equal(await backend.ended(), 1)
  t.same(backend.lines, [`PORT ${port} is taken on 127.0.0.1: stop the other program, or set another PORT`])
})

t.test(
  'a data directory that a second process has open stops the start with one clear line and exit code 1',
  async (t) => {
    const DATA_DIR = t.testdir()
    const first = new Backend(t, { DATA_DIR })
    await first.url()
    const second = new Backend(t, { DATA_DIR })
    t.equal(await second.ended(), 1)
    t.equal(second.lines.length, 1)
    t.match(second.lines[0], `DATA_DIR ${DATA_DIR} is in use by another process`)
  }
)

t.test('a data directory without write access stops the start with one clear line and exit code 1', async (t) => {
  const directory = t.testdir({ file: 'not a directory', readonly: {} })
  chmodSync(`${directory}/readonly`, 0o500)
  // Root may write anywhere, so for root a path below a file is used instead.
  const DATA_DIR = process.getuid?.() === 0 ? `${directory}/file/data` : `${directory}/readonly/data`
  const backend = new Backend(t, { DATA_DIR })
  t.equal(await backend.ended(), 1)
  t.equal(backend.lines.length, 1)
  t.match(backend.lines[0], `DATA_DIR ${DATA_DIR} cannot be opened`)
})

t.test('P30 SIGTERM under load ends with exit code 0, and no request that was answered is lost', async (t) => {
  const { env, macs } = await fleetOf(t, 5)
  const backend = new Backend(t, env)
  const url = await backend.url()
  await fetch(`${url}/devices/discover`)
  t.equal(await put(`${url}/devices/imprint`, { macs }), 200)
  t.same(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' })
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  for (const own of ['process_cpu_seconds_total', 'pluto_polls_total{result="ok"}']) t.match(metrics, `\n${own} `)
  const answers = Promise.allSettled(Array.from({ length: 50 }, () => fetch(`${url}/devices/imprint`)))
  t.equal(await backend.stop('SIGTERM'), 0)
  await answers
  const again = new Backend(t, env)
  const list = await fetch(`${await again.url()}/devices/imprint`)
  t.match(await list.json(), { data: { length: 5 } })
})

t.test('P30 a request that is under way at SIGTERM is answered before the process ends', async (t) => {
  const { fleet, env, macs } = await fleetOf(t, 1)
  const backend = new Backend(t, { ...env, AUTO_LISTEN: 'false' })
  const url = await backend.url()
  await fetch(`${url}/devices/discover`)
  await put(`${url}/devices/imprint`, { macs })
  const [miner] = fleet.miners
  miner?.fault('hang')
  const before = miner?.requests ?? 0
  const body = JSON.stringify({ info: { frequency: 525 } })
  const answer = fetch(`${url}/devices/${macs[0]}/system`, { method: 'PATCH', headers: json, body })
  await until('the miner was asked', () => (miner?.requests ?? 0) > before)
  const ended = backend.stop('SIGTERM')
  t.match(await (await answer).json(), { statusCode: Number, message: String, requestId: String })
  t.equal(await ended, 0)
})

t.test('after a restart every imprinted device is present with its last answer, and monitored again', async (t) => {
  const { fleet, env, macs } = await fleetOf(t, 5)
  const first = new Backend(t, env)
  const url = await first.url()
  await fetch(`${url}/devices/discover`)
  await put(`${url}/devices/imprint`, { macs })
  await until('each was polled', () => fleet.miners.every((miner) => miner.infoRequests >= 2))
  t.equal(await first.stop('SIGTERM'), 0)
  const before = fleet.miners.map((miner) => miner.infoRequests)

  const second = new Backend(t, env)
  const again = await second.url()
  const list = (await (await fetch(`${again}/devices/imprint`)).json()) as { data: { mac: string; info: object }[] }
  t.same(list.data.map((device) => device.mac).sort(), [...macs].sort())
  t.ok(list.data.every((device) => 'ASICModel' in device.info))
  await until('each is polled again', () => fleet.miners.every((miner, i) => miner.infoRequests > (before[i] ?? 0)))
})

t.test('P14 after kill -9 during two hundred imprints and presets, every acknowledged one is there', async (t) => {
  const { env, macs } = await fleetOf(t, 200)
  const first = new Backend(t, { ...env, AUTO_LISTEN: 'false' })
  const url = await first.url()
  await fetch(`${url}/devices/discover`)
  const acknowledged: string[] = []
  const names: string[] = []
  const imprint = async (mac: string) => {
    if ((await put(`${url}/devices/imprint`, { macs: [mac] })) === 200) acknowledged.push(mac)
    if (acknowledged.length === 60) first.child.kill('SIGKILL')
  }
  const make = async (name: string) => {
    const body = JSON.stringify({
      name,
      configuration: { stratumURL: 'a.example', stratumPort: 3333, stratumUser: 'u' }
    })
    if ((await fetch(`${url}/presets`, { method: 'POST', headers: json, body })).ok) names.push(name)
  }
  await Promise.allSettled(macs.flatMap((mac) => [imprint(mac), make(mac)]))
  t.ok(acknowledged.length >= 60 && acknowledged.length < 200, `killed after ${acknowledged.length} answers`)

  const second = new Backend(t, { ...env, AUTO_LISTEN: 'false' })
  const again = await second.url()
  const list = await fetch(`${again}/devices/imprint`)
  const { data } = (await list.json()) as { data: { mac: string; ip: string; createdAt: string }[] }
  const there = new Set(data.map((device) => device.mac))
  t.same(
    acknowledged.filter((mac) => !there.has(mac)),
    []
  )
  t.ok(data.every((device) => device.ip.startsWith('127.') && device.createdAt))

  const stored = (await (await fetch(`${again}/presets`)).json()) as { data: { name: string }[] }
  const kept = new Set(stored.data.map((preset) => preset.name))
  t.ok(names.length > 0)
  t.same(
    names.filter((name) => !kept.has(name)),
    []
  )
})
