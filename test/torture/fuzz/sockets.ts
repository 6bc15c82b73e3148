import * as fc from 'fast-check'
import { WebSocket } from 'ws'
import { listen } from '../socket-listener.ts'
import { sleep, Tally, type Context, type Outcome } from '../part.ts'
import { createRandom, type Random } from '../random.ts'
import { drainLog, type Running } from '../environment.ts'
import { junkFrame } from './frames.ts'
import { scribble } from './mutate.ts'

const PATIENCE_MS = 15_000
const FRAMES_PER_CONNECTION = 20
const EVENTS = [
  'subscribe',
  'unsubscribe',
  'enableLogsListening',
  'disableLogsListening',
  'checkLogsListening',
  'stat_update',
  ''
]

interface Assault {
  context: Context
  running: Running
  macs: readonly string[]
  random: Random
  seen: Tally
  problems: string[]
}

/** Frames over Socket.IO, over its engine and over the WebSockets of logs, valid ones and others: nothing hangs or falls over. */
export async function fuzzSockets(context: Context, running: Running, macs: readonly string[]): Promise<Outcome> {
  const total = context.options.amounts['fuzz-frames']
  const random = createRandom(context.seed)
  const assault: Assault = { context, running, macs, random, seen: new Tally(), problems: [] }
  const waves = [sendEvents, sendEngineFrames, sendPolling, sendLogFrames, sendRawFrames]
  while (assault.seen.total < total && assault.problems.length < 20) {
    context.say(`sockets: ${assault.seen.total} of ${Math.round(total)} frames`)
    await Promise.all(
      waves.map((wave) =>
        wave(assault).catch((error: Error) => assault.problems.push(`${wave.name}: ${error.message}`))
      )
    )
    const { status } = await running.client.send('GET', '/healthz')
    if (status !== 200) assault.problems.push(`/healthz was answered with ${status}`)
    drainLog(context, running)
  }
  return { done: `sockets: ${assault.seen.total} frames, ${assault.seen}`, problems: assault.problems }
}

/** Events of a client as it is meant to be, with arguments that are right and others; what has to be acknowledged is. */
async function sendEvents({ context, running, macs, random, seen, problems }: Assault): Promise<void> {
  const listener = listen(running.client.url, context.watch, random.chance(0.3) ? 'polling' : 'websocket')
  const { socket } = listener
  const subscription = fc.record({
    macs: fc.array(fc.oneof(fc.constantFrom(...macs), fc.string()), { maxLength: 5 }),
    topics: fc.array(fc.constantFrom('stat', 'logs', 'operations', 'x'), { maxLength: 4 })
  })
  const argument = fc.oneof(subscription, fc.jsonValue(), fc.constant(undefined), fc.uint8Array())
  const args = fc.sample(argument, { seed: random.below(2 ** 31), numRuns: FRAMES_PER_CONNECTION })
  for (const given of args) {
    const event = random.pick([...EVENTS, 'subscribe', 'subscribe', random.unit().toString(36)])
    seen.add('event')
    if (!event.endsWith('subscribe')) socket.emit(event, given)
    else {
      const answer = await socket
        .timeout(PATIENCE_MS)
        .emitWithAck(event, given)
        .catch(() => null)
      if (typeof answer?.ok !== 'boolean') problems.push(`${event} ${JSON.stringify(given)} was not acknowledged`)
    }
  }
  listener.leave()
}

const PACKETS = [
  '40',
  '2',
  '3',
  '5',
  '6',
  '1',
  '41',
  '42["subscribe",{"topics":["stat"]}]',
  '420["subscribe",null]',
  '451-["a",{"_placeholder":true,"num":0}]'
]

/** Frames below Socket.IO, mostly packets of its protocol that are damaged. */
async function sendEngineFrames(assault: Assault): Promise<void> {
  const { running, random, seen } = assault
  const url = `${running.client.url.replace('http', 'ws')}/socket/io/?EIO=4&transport=websocket`
  await onWebSocket(assault, url, (ws) => {
    if (random.chance(0.8)) ws.send('40')
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('engine frame')
      const packet = Buffer.from(random.pick(PACKETS))
      ws.send(random.chance(0.3) ? packet.toString() : scribble(random, packet), { binary: random.chance(0.3) })
    }
  })
}

/** The same over long polling: a session, then bodies that are none. */
async function sendPolling({ running, random, seen, problems }: Assault): Promise<void> {
  const path = '/socket/io/?EIO=4&transport=polling'
  const { text } = await running.client.send('GET', path)
  const sid = /"sid":"([^"]+)"/.exec(text)?.[1] ?? 'none'
  for (let i = 0; i < FRAMES_PER_CONNECTION / 2; i++) {
    seen.add('polling request')
    const body = scribble(random, Buffer.from(random.pick(PACKETS))).toString('latin1')
    const query = random.chance(0.7) ? `&sid=${sid}` : `&sid=${encodeURIComponent(body)}`
    const { status, code } = await running.client.send('POST', `${path}${query}`, body)
    if (status === 0 || status >= 500) problems.push(`polling was answered with ${status} ${code}`)
  }
}

/** The streams of logs, with odd queries, whose viewer talks although nobody listens. */
async function sendLogFrames(assault: Assault): Promise<void> {
  const { running, random, macs, seen } = assault
  const query = new URLSearchParams()
  const odd = () =>
    random.pick(['', '1', '-1', 'E', 'x'.repeat(300), '%00', '1e9', random.pick(macs), `${random.pick(macs)}:3`])
  for (const name of ['after', 'level', 'tag', 'q', 'macs']) if (random.chance(0.15)) query.set(name, odd())
  const path = random.chance(0.5) ? '/logs/stream' : `/devices/${random.pick([...macs, 'x', '..%2f'])}/logs/stream`
  await onWebSocket(assault, `${running.client.url.replace('http', 'ws')}${path}?${query}`, (ws) => {
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('log frame')
      ws.send(scribble(random, Buffer.from('{"type":"log","message":"x"}')), { binary: random.chance(0.5) })
    }
  })
}

/** Bytes behind a handshake that are no frames, or such as no client may send. */
async function sendRawFrames(assault: Assault): Promise<void> {
  const { running, random, seen } = assault
  const path = random.pick(['/logs/stream', '/socket/io/?EIO=4&transport=websocket'])
  await onWebSocket(assault, `${running.client.url.replace('http', 'ws')}${path}`, (ws) => {
    const { _socket: socket } = ws as WebSocket & { _socket: NodeJS.WritableStream }
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('raw frame')
      socket.write(junkFrame(random, true))
    }
  })
}

/** Opens a WebSocket, does something with it, and leaves. The handshake has to end within bounded time, one way or the other. */
async function onWebSocket({ context, problems }: Assault, url: string, act: (ws: WebSocket) => void): Promise<void> {
  const ws = new WebSocket(url)
  ws.on('error', () => undefined)
  ws.on('message', (data) => context.watch.look('events', url, data.toString()))
  const outcome = await new Promise<string>((told) => {
    ws.once('open', () => told('open'))
    ws.once('close', () => told('closed'))
    ws.once('unexpected-response', (_request, { statusCode = 0 }) => told(String(statusCode)))
    setTimeout(told, PATIENCE_MS, 'hangs').unref()
  })
  if (outcome === 'hangs' || Number(outcome) >= 500) problems.push(`${url}: the handshake ${outcome}`)
  if (outcome === 'open') {
    act(ws)
    await sleep(50)
  }
  ws.terminate()
}
