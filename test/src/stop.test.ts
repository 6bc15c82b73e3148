import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'
import { Backend } from '../support/process.ts'

// These tests mostly wait.
t.jobs = 4

interface Answer {
  code?: string
  data: { name: string }[]
}

const json = { 'content-type': 'application/json' }
const configuration = { stratumURL: 'pool.example.net', stratumPort: 3333, stratumUser: 'bc1q' }
const make = (url: string, name: string) =>
  fetch(`${url}/presets`, { method: 'POST', headers: json, body: JSON.stringify({ name, configuration }) })

/** Lists what is stored, after another start on the same data. */
async function listAfterRestart(t: Test, DATA_DIR: string, path: string): Promise<Answer['data']> {
  const answer = await fetch(`${await new Backend(t, { DATA_DIR }).url()}${path}`)
  return ((await answer.json()) as Answer).data
}

t.test('P30 SIGINT during writes ends with exit code 0, and acknowledged writes are present', async (t) => {
  const DATA_DIR = t.testdir()
  const backend = new Backend(t, { DATA_DIR })
  const url = await backend.url()
  const acknowledged: string[] = []
  const statuses = new Set<number>()
  const writers = Array.from({ length: 10 }, async (_, writer) => {
    for (let i = 0; backend.child.exitCode === null; i++) {
      const status = await make(url, `${writer} ${i}`).then(
        (answer) => answer.status,
        () => null
      )
      if (status === null) break
      statuses.add(status)
      if (status === 200) acknowledged.push(`${writer} ${i}`)
    }
  })
  await until('some are written', () => acknowledged.length > 20)
  t.equal(await backend.stop('SIGINT'), 0)
  await Promise.all(writers)
  t.same(
    [...statuses].filter((status) => status !== 200 && status !== 503),
    []
  )
  const names = new Set((await listAfterRestart(t, DATA_DIR, '/presets')).map(({ name }) => name))
  t.same(
    acknowledged.filter((name) => !names.has(name)),
    []
  )
})

t.test('P30 a search aborted by a stop is answered with 503, not with a closed connection', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1')
  t.teardown(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const backend = new Backend(t, {
    DATA_DIR: t.testdir(),
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: `127.0.0.1:${port}`,
    DISCOVERY_TIMEOUT_MS: '60000'
  })
  const asked = once(silent, 'connection')
  const search = fetch(`${await backend.url()}/devices/discover`)
  const [miner] = await asked
  t.teardown(() => miner.destroy())
  t.equal(await backend.stop('SIGTERM'), 0)
  const answer = await search
  t.equal(answer.status, 503)
  t.match(await answer.json(), { code: 'PLUTO_CLOSING', message: String, requestId: String })
})

t.test(
  'P46 a doubled signal is one signal; a later one ends the process at once, with another exit code',
  async (t) => {
    const backend = new Backend(t, { DATA_DIR: t.testdir() })
    const { hostname, port } = new URL(await backend.url())
    // The stop waits for a pending request.
    const socket = connect(Number(port), hostname)
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write('GET /healthz HTTP/1.1\r\n')
    await until('it is heard', () => fetch(`http://${hostname}:${port}/healthz`))
    backend.child.kill('SIGTERM')
    await until('new connections are refused', () =>
      fetch(`http://${hostname}:${port}/healthz`).then(
        () => false,
        () => true
      )
    )
    const repeating = setInterval(() => backend.child.kill('SIGTERM'), 100)
    t.teardown(() => clearInterval(repeating))
    t.equal(await backend.ended(), 1)
    t.ok(backend.lines.some((line) => line.includes('stopping at once, at a second signal')))
  }
)

t.test('P46 npm sends the signal of a terminal once more: the process stops cleanly all the same', async (t) => {
  const backend = new Backend(t, { DATA_DIR: t.testdir() })
  await backend.url()
  backend.child.kill('SIGINT')
  backend.child.kill('SIGINT')
  t.equal(await backend.stop('SIGTERM'), 0)
})

t.test('P49 SIGHUP does not end the process', async (t) => {
  const backend = new Backend(t, { DATA_DIR: t.testdir() })
  const url = await backend.url()
  backend.child.kill('SIGHUP')
  await until('it is logged', () => backend.lines.some((line) => line.includes('SIGHUP')))
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.equal(await backend.stop('SIGTERM'), 0)
})

t.test('P37 an unhandled error is logged as fatal, and ends the process without loss of data', async (t) => {
  const DATA_DIR = t.testdir()
  const NODE_OPTIONS = '--import ./test/fixtures/process/fail-on-signal.ts'
  for (const [signal, message] of [
    ['SIGWINCH', 'planted exception'],
    ['SIGURG', 'planted rejection']
  ] as const) {
    const backend = new Backend(t, { DATA_DIR, NODE_OPTIONS })
    t.equal((await make(await backend.url(), message)).status, 200)
    t.equal(await backend.stop(signal), 1)
    const fatal = backend.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 60)
    t.match(fatal, [{ err: { message, stack: /fail-on-signal/ }, msg: 'stopping after an unhandled error' }])
  }
  // The audit trail is written with a delay, and on close.
  t.match(await listAfterRestart(t, DATA_DIR, '/audit'), [{ statusCode: 200 }, { statusCode: 200 }])
})
