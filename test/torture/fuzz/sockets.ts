import * as fc from 'fast-check'
import { WebSocket } from 'ws'
import { listen } from '../socket-listener.ts'
import { sleep, Tally, type Context, type Outcome } from '../part.ts'
import { createRandom, type Random } from '../random.ts'
import { drainLog, type Running } from '../environment.ts'
import { malformedFrame } from './frames.ts'
import { corruptBytes } from './mutate.ts'

const TIMEOUT_MS = 15_000
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

interface SocketFuzz {
  context: Context
  running: Running
  macs: readonly string[]
  random: Random
  seen: Tally
  problems: string[]
}

/** Sends valid and invalid frames over Socket.IO, its engine and the log WebSockets: nothing hangs or crashes. */
export async function fuzzSockets(context: Context, running: Running, macs: readonly string[]): Promise<Outcome> {
  const total = context.options.amounts['fuzz-frames']
  const random = createRandom(context.seed)
  const run: SocketFuzz = { context, running, macs, random, seen: new Tally(), problems: [] }
  const waves = [sendEvents, sendEngineFrames, sendPolling, sendLogFrames, sendRawFrames]
  while (run.seen.total < total && run.problems.length < 20) {
    context.progress(`sockets: ${run.seen.total} of ${Math.round(total)} frames`)
    await Promise.all(
      waves.map((wave) => wave(run).catch((error: Error) => run.problems.push(`${wave.name}: ${error.message}`)))
    )
    const { status } = await running.client.send('GET', '/healthz')
    if (status !== 200) run.problems.push(`/healthz was answered with ${status}`)
    drainLog(context, running)
  }
  return { done: `sockets: ${run.seen.total} frames, ${run.seen}`, problems: run.problems }
}

/** Sends client events with valid and invalid arguments: those with an acknowledgement are acknowledged. */
async function sendEvents({ context, running, macs, random, seen, problems }: SocketFuzz): Promise<void> {
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
        .timeout(TIMEOUT_MS)
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

/** Sends frames to the engine below Socket.IO, mostly damaged packets of its protocol. */
async function sendEngineFrames(run: SocketFuzz): Promise<void> {
  const { running, random, seen } = run
  const url = `${running.client.url.replace('http', 'ws')}/socket/io/?EIO=4&transport=websocket`
  await onWebSocket(run, url, (ws) => {
    if (random.chance(0.8)) ws.send('40')
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('engine frame')
      const packet = Buffer.from(random.pick(PACKETS))
      ws.send(random.chance(0.3) ? packet.toString() : corruptBytes(random, packet), { binary: random.chance(0.3) })
    }
  })
}

/** Opens a session over long polling, then sends damaged bodies. */
async function sendPolling({ running, random, seen, problems }: SocketFuzz): Promise<void> {
  const path = '/socket/io/?EIO=4&transport=polling'
  const { text } = await running.client.send('GET', path)
  const sid = /"sid":"([^"]+)"/.exec(text)?.[1] ?? 'none'
  for (let i = 0; i < FRAMES_PER_CONNECTION / 2; i++) {
    seen.add('polling request')
    const body = corruptBytes(random, Buffer.from(random.pick(PACKETS))).toString('latin1')
    const query = random.chance(0.7) ? `&sid=${sid}` : `&sid=${encodeURIComponent(body)}`
    const { status, code } = await running.client.send('POST', `${path}${query}`, body)
    if (status === 0 || status >= 500) problems.push(`polling was answered with ${status} ${code}`)
  }
}

/** Opens log streams with odd queries, and sends frames that the backend must ignore. */
async function sendLogFrames(run: SocketFuzz): Promise<void> {
  const { running, random, macs, seen } = run
  const query = new URLSearchParams()
  const odd = () =>
    random.pick(['', '1', '-1', 'E', 'x'.repeat(300), '%00', '1e9', random.pick(macs), `${random.pick(macs)}:3`])
  for (const name of ['after', 'level', 'tag', 'q', 'macs']) if (random.chance(0.15)) query.set(name, odd())
  const path = random.chance(0.5) ? '/logs/stream' : `/devices/${random.pick([...macs, 'x', '..%2f'])}/logs/stream`
  await onWebSocket(run, `${running.client.url.replace('http', 'ws')}${path}?${query}`, (ws) => {
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('log frame')
      ws.send(corruptBytes(random, Buffer.from('{"type":"log","message":"x"}')), { binary: random.chance(0.5) })
    }
  })
}

/** Sends bytes after the handshake that are not frames, or frames that a client must not send. */
async function sendRawFrames(run: SocketFuzz): Promise<void> {
  const { running, random, seen } = run
  const path = random.pick(['/logs/stream', '/socket/io/?EIO=4&transport=websocket'])
  await onWebSocket(run, `${running.client.url.replace('http', 'ws')}${path}`, (ws) => {
    const { _socket: socket } = ws as WebSocket & { _socket: NodeJS.WritableStream }
    for (let i = 0; i < FRAMES_PER_CONNECTION; i++) {
      seen.add('raw frame')
      socket.write(malformedFrame(random, true))
    }
  })
}

/** Opens a WebSocket, runs `act` and closes it. The handshake must succeed or fail within bounded time. */
async function onWebSocket(
  { context, problems }: SocketFuzz,
  url: string,
  act: (ws: WebSocket) => void
): Promise<void> {
  const ws = new WebSocket(url)
  ws.on('error', () => undefined)
  ws.on('message', (data) => context.watch.search('events', url, data.toString()))
  const outcome = await new Promise<string>((resolve) => {
    ws.once('open', () => resolve('open'))
    ws.once('close', () => resolve('closed'))
    ws.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(String(statusCode)))
    setTimeout(resolve, TIMEOUT_MS, 'hangs').unref()
  })
  if (outcome === 'hangs' || Number(outcome) >= 500) problems.push(`${url}: the handshake ${outcome}`)
  if (outcome === 'open') {
    act(ws)
    await sleep(50)
  }
  ws.terminate()
}
