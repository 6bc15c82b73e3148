import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { simulate, until } from '../helper.ts'
import { Backend } from '../support/process.ts'

const json = { 'content-type': 'application/json' }

/** A store in which a whole fleet is imprinted, and settings to find it again. */
async function prepareFleet(t: Test, devices: number) {
  const fleet = await simulate(t, { devices, profiles: ['gamma-601-v2.1'] })
  const env = {
    DATA_DIR: t.testdir(),
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(','),
    POLL_INTERVAL_MS: '1000',
    HEADERS_TIMEOUT_MS: '2000'
  }
  const backend = new Backend(t, { ...env, AUTO_LISTEN: 'false' })
  const url = await backend.url()
  await (await fetch(`${url}/devices/discover`)).text()
  const body = JSON.stringify({ macs: fleet.miners.map(({ mac }) => mac) })
  t.equal((await fetch(`${url}/devices/imprint`, { method: 'PUT', headers: json, body })).status, 200)
  t.equal(await backend.stop('SIGTERM'), 0)
  return { fleet, env }
}

/** The backend with a small limit of open files. */
const startLimited = (t: Test, env: Record<string, string>, limit: number) =>
  new Backend(t, env, 'src/server.ts', ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'])

/** Asks until the service has a connection to spare. */
async function ask(url: string): Promise<string> {
  return until('it answers', () =>
    fetch(url, { headers: { connection: 'close' } }).then(
      (answer) => answer.text(),
      () => null
    )
  )
}

interface Readiness {
  hub: { online: number }
}
const readiness = async (url: string) => JSON.parse(await ask(`${url}/readyz`)) as Readiness

function openIdle(t: Test, url: string, count: number): Socket[] {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname).on('error', () => undefined))
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  return sockets
}

t.test('P37 clients are refused before polls run out of descriptors, and the start names both numbers', async (t) => {
  const { fleet, env } = await prepareFleet(t, 300)
  const backend = startLimited(t, env, 400)
  const url = await backend.url()
  await until('all are online', async () => (await readiness(url)).hub.online === 300)
  t.ok(backend.lines.some((line) => line.includes('ulimit -n is 400, and 300 devices with 2000 clients need 2664')))
  const sockets = openIdle(t, url, 500)
  await until('clients are refused', () => sockets.filter((socket) => socket.destroyed).length >= 450)
  const before = fleet.miners.map((miner) => miner.infoRequests)
  await until('all are polled three more times', () =>
    fleet.miners.every((miner, i) => miner.infoRequests >= Number(before[i]) + 3)
  )
  for (const socket of sockets) socket.destroy()
  t.equal((await readiness(url)).hub.online, 300)
  const metrics = await ask(`${url}/metrics`)
  t.same(metrics.match(/^pluto_polls_total\{result="(?!ok").*$/gm), null, 'no poll failed')
  t.match(metrics, /^pluto_connections_closed_total [1-9]/m)
  t.equal(await backend.stop('SIGTERM'), 0)
})
