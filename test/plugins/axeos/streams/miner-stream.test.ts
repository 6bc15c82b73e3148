import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import { until } from '../../../helper.ts'
import { openMinerStream, type StreamLimits } from '../../../../plugins/axeos/streams/miner-stream.ts'

const limits: StreamLimits = { maxFrameBytes: 1000, handshakeMs: 1000, pingMs: 20, silenceMs: 60_000 }

/** A miner that is only a WebSocket server, and one client. */
async function connect(t: Test, options: Partial<ServerOptions & StreamLimits> = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  t.teardown(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const joined = once(server, 'connection') as Promise<[WebSocket]>
  const frames: string[] = []
  const ends: [reason: string, refused: boolean][] = []
  const ended = Promise.withResolvers<undefined>()
  const address = { host: '127.0.0.1', port, text: `127.0.0.1:${port}` }
  const stream = openMinerStream(
    address,
    '/api/ws',
    { ...limits, ...options },
    {
      frame: (data) => frames.push(String(data)),
      ended(...end) {
        ends.push(end)
        ended.resolve(undefined)
      }
    }
  )
  t.teardown(() => stream.close())
  const [miner] = await joined
  return { stream, miner, frames, ends, ended: ended.promise }
}

t.test('the stream of a miner that answers no ping ends', async (t) => {
  const { ends, ended } = await connect(t, { autoPong: false })
  await ended
  t.same(ends, [['the miner does not answer pings', false]])
})

t.test('the stream of a miner that answers pings stays open until the miner is silent for too long', async (t) => {
  const { miner, ends, ended } = await connect(t, { silenceMs: 200 })
  let pings = 0
  miner.on('ping', () => pings++)
  await ended
  t.ok(pings > 3)
  t.match(ends, [[/^silent/, false]])
})

t.test('a protocol error is a refusal before the first frame, and a loss after it', async (t) => {
  for (const before of [0, 1]) {
    const { miner, frames, ends, ended } = await connect(t)
    for (let i = 0; i < before; i++) miner.send('a line')
    miner.send('x'.repeat(2000))
    await ended
    t.equal(frames.length, before)
    t.match(ends, [[/WS_ERR_UNSUPPORTED_MESSAGE_LENGTH/, before === 0]])
  }
})

t.test('after close() no event comes, and the miner sees a clean end', async (t) => {
  const { stream, miner, frames, ends } = await connect(t)
  const closed = once(miner, 'close')
  miner.send('in time')
  await until('the frame has come', () => frames.length === 1)
  stream.close()
  miner.send('too late')
  t.equal((await closed)[0], 1005)
  t.same([frames, ends], [['in time'], []])
})
