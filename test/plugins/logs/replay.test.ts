import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer, type WebSocket } from 'ws'
import { Channel } from '../../../plugins/logs/channel.ts'
import { defaultLimits, Viewer } from '../../../plugins/logs/viewer.ts'
import { openMinerStream } from '../../../plugins/axeos/streams/miner-stream.ts'
import { until } from '../../helper.ts'
import { isUnbroken, quick, view } from './helper.ts'

const MAC = '02:00:00:00:00:01'
/** More than the buffers of the system take. */
const MANY = 4000
const LINE = `I (1) main: ${'x'.repeat(4000)}\n`

async function listen(t: Test) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.teardown(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = { host: '127.0.0.1', port, text: `127.0.0.1:${port}` }
  return { address, joined: once(server, 'connection') as Promise<[WebSocket]> }
}

/** A channel whose miner says what the test wants it to say. */
async function openChannel(t: Test) {
  const { address, joined } = await listen(t)
  let received = 0
  const channel = new Channel(MAC, {
    times: { ...quick, silenceMs: 60_000 },
    bufferLines: MANY * 2,
    policy: { kind: 'connect' },
    confirm: async () => address,
    openStream: openMinerStream,
    onEntry: () => received++,
    onState: () => undefined
  })
  t.teardown(() => channel.end('the test is over'))
  channel.keepOpen()
  const [miner] = await joined
  const say = async (count: number) => {
    const wanted = received + count
    for (let i = 0; i < count; i++) miner.send(LINE)
    await until('all lines have come', () => received === wanted)
  }
  return { channel, say }
}

t.test('buffered lines are sent as fast as they are read, then the lines that came meanwhile, each once', async (t) => {
  const { channel, say } = await openChannel(t)
  await say(MANY)
  const { address, joined } = await listen(t)
  const client = view(t, `http://${address.text}`)
  const [socket] = await joined
  client.ws.pause()
  const viewer = new Viewer(socket, {
    matches: () => true,
    limits: defaultLimits,
    onQueued: () => undefined,
    endsWithLast: true
  })
  viewer.attach(channel, 0)
  await until('the client holds it up', () => socket.bufferedAmount > defaultLimits.replayBufferedBytes)
  await say(50)
  t.ok(socket.bufferedAmount < 2 * defaultLimits.maxBufferedBytes)
  client.ws.resume()
  await until('all lines are there', () => (client.seqs.get(MAC)?.at(-1) ?? 0) >= MANY + 50)
  await say(1)
  await until('the next one too', () => client.seqs.get(MAC)?.at(-1) === MANY + 51)
  t.equal(client.seqs.get(MAC)?.[0], 1)
  t.ok(isUnbroken(client.seqs.get(MAC) ?? []))
})
