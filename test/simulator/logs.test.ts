import { on, once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket, type ClientOptions } from 'ws'
import type { Miner } from '../../src/simulator/types.ts'
import { minerOf, until } from './helper.ts'

const quick = { logLinesPerSecond: 500 }

function listen(
  t: Test,
  miner: Miner,
  { path = '/api/ws', ...options }: ClientOptions & { path?: string } = {}
): WebSocket {
  const ws = new WebSocket(`ws://${miner.address}${path}`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    ...options
  })
  ws.on('error', () => undefined)
  t.teardown(() => ws.terminate())
  return ws
}

const escape = '\u001b'
function isColoured(line: string): boolean {
  const [before, body, after, ...rest] = line.split(escape)
  return before === '' && /^\[0;3[123]m[EWI] \(\d+\) [^:]+:/.test(body ?? '') && after === '[0m\n' && rest.length === 0
}

async function frames(ws: WebSocket, count: number): Promise<Buffer[]> {
  const got: Buffer[] = []
  for await (const [data, binary] of eventsOf(ws)) {
    if (binary) throw new Error('a binary frame')
    got.push(Buffer.from(data))
    if (got.length === count) break
  }
  return got
}

function eventsOf(ws: WebSocket): AsyncIterable<[Buffer, boolean]> {
  return on(ws, 'message') as AsyncIterable<[Buffer, boolean]>
}

t.test(
  'log lines are coloured text as ESP-IDF prints it, with jobs of 1 to 4 KB, empty lines and the pool password',
  async (t) => {
    const miner = await minerOf(t, 'v2.12.2', quick)
    const lines = (await frames(listen(t, miner), 64)).map(String)
    t.ok(lines.filter(isColoured).length > 50)
    t.ok(lines.includes('\n'))
    t.ok(lines.some((line) => line.includes('°C')))
    t.ok(lines.some((line) => line.includes('wifi:bcn_timeout')))
    const jobs = lines.filter((line) => line.includes('mining.notify')).map(({ length }) => length)
    t.ok(jobs.length > 1 && jobs.every((length) => length > 1000 && length < 4096), String(jobs))
    t.ok(
      lines.some(
        (line) =>
          line.includes(`"mining.authorize","params":["bc1q`) &&
          line.includes(miner.secrets()['stratumPassword'] ?? '-')
      )
    )
  }
)

t.test('nothing is sent or counted without log clients', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', quick)
  t.equal(miner.logClients, 0)
  const ws = listen(t, miner)
  await frames(ws, 1)
  t.equal(miner.logClients, 1)
  ws.close()
  await until('the miner has noticed', () => miner.logClients === 0)
})

t.test(
  'up to v2.9 and on NerdQAxe the newest client takes over the stream; the older one stays open and silent',
  async (t) => {
    for (const profile of ['v2.9.0', 'V1.0.37']) {
      const miner = await minerOf(t, profile, quick)
      const older = listen(t, miner)
      await frames(older, 2)
      const newer = listen(t, miner)
      await once(newer, 'open')
      let heard = 0
      older.on('message', () => heard++)
      older.ping()
      await once(older, 'pong')
      const sofar = heard
      await frames(newer, 20)
      older.ping()
      await once(older, 'pong')
      t.equal(heard, sofar, `${profile}: the older client receives nothing more`)
      t.equal(older.readyState, WebSocket.OPEN)
    }
  }
)

t.test('the 11th client is refused after the 101 up to v2.14, in the handshake since v2.15', async (t) => {
  const old = await minerOf(t, 'v2.12.2', quick)
  await Promise.all(Array.from({ length: 10 }, () => once(listen(t, old), 'open')))
  const late = listen(t, old)
  const [opened, error] = [once(late, 'open'), new Promise((resolve) => late.on('error', resolve))]
  await opened
  t.match(await error, { code: 'WS_ERR_UNEXPECTED_RSV_1' })

  const recent = await minerOf(t, 'v2.15.3', quick)
  await Promise.all(Array.from({ length: 9 }, () => once(listen(t, recent), 'open')))
  await once(listen(t, recent, { path: '/api/ws/live' }), 'open')
  const [, response] = await once(listen(t, recent), 'unexpected-response')
  t.equal(response.statusCode, 429)
})

t.test('a foreign Origin is refused, after or in the handshake by version', async (t) => {
  const foreign = { origin: 'http://evil.example' }
  const [, response] = await once(listen(t, await minerOf(t, 'v2.15.3'), foreign), 'unexpected-response')
  t.equal(response.statusCode, 401)
  const late = listen(t, await minerOf(t, 'v2.12.2'), foreign)
  const [opened, error] = [once(late, 'open'), new Promise((resolve) => late.on('error', resolve))]
  await opened
  t.match(await error, { code: 'WS_ERR_UNEXPECTED_RSV_1' })
})

t.test('since v2.14 a line may be split into frames, which together form whole lines', async (t) => {
  const miner = await minerOf(t, 'v2.15.3', quick)
  const got = (await frames(listen(t, miner), 60)).map(String)
  t.ok(got.some((frame) => !frame.endsWith('\n')))
  t.ok(
    got
      .join('')
      .split('\n')
      .slice(0, -1)
      .every((line) => line === '' || isColoured(`${line}\n`))
  )
})

t.test('invalid UTF-8 in a text frame is passed on unchanged', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', quick)
  miner.fault('badUtf8')
  const [frame] = await frames(listen(t, miner), 1)
  t.ok(frame?.includes(Buffer.from([0xff, 0xfe])))
})

t.test('a stream can close as soon as it opens', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', quick)
  miner.fault('closeAtOnce')
  await once(listen(t, miner), 'close')
  t.equal(miner.logClients, 0)
})

t.test('the live stream starts with the whole info object, then has only changed fields', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  const [first, second] = (await frames(listen(t, miner, { path: '/api/ws/live' }), 2)).map((frame) =>
    JSON.parse(String(frame))
  )
  t.equal(first.event, 'update')
  const { fullHostname: _full, mdnsHostname: _mdns, ...rest } = miner.info()
  t.strictSame(Object.keys(first.data), Object.keys(rest))
  t.ok('uptimeSeconds' in second.data || 'totalHashes' in second.data)
  t.notOk('version' in second.data || 'pools' in second.data)
  const old = listen(t, await minerOf(t, 'v2.12.2'), { path: '/api/ws/live' })
  const [, response] = await once(old, 'unexpected-response')
  t.equal(response.statusCode, 404)
})

t.test('a reboot ends all streams, and the next stream starts with the boot lines', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', quick)
  const ws = listen(t, miner)
  await frames(ws, 1)
  const closed = once(ws, 'close')
  miner.reboot(0)
  await closed
  t.match(String((await frames(listen(t, miner), 1))[0]), /^ESP-ROM/)
})
