import type { Test } from 'tap'
import { WebSocket } from 'ws'
import type { LogsOptions } from '../../../plugins/logs/index.ts'
import type { LogEntry, LogStreamFrame } from '../../../schemas/log.ts'

type Frame<Type extends LogStreamFrame['type']> = Extract<LogStreamFrame, { type: Type }>

/** Times in which a test can wait for everything. */
export const quick = {
  lingerMs: 50,
  retryMs: 20,
  longestRetryMs: 80,
  refusedMs: 150,
  handshakeMs: 300,
  pingMs: 400,
  silenceMs: 600
}
export const quickLogs: { logs: LogsOptions } = { logs: { times: quick } }

/** A viewer of a log stream that keeps every frame; gone when the test ends. */
export function view(t: Test, url: string, path = '/logs/stream') {
  const ws = new WebSocket(url.replace('http', 'ws') + path)
  const frames: LogStreamFrame[] = []
  const seqs = new Map<string, number[]>()
  ws.on('message', (data) => {
    const frame: LogStreamFrame = JSON.parse(String(data))
    frames.push(frame)
    if (frame.type === 'log') note(seqs, frame)
  })
  ws.on('error', () => undefined)
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  )
  t.teardown(() => ws.terminate())

  const of = <Type extends LogStreamFrame['type']>(type: Type) =>
    frames.filter((frame): frame is Frame<Type> => frame.type === type)
  return {
    ws,
    frames,
    /** The numbers of the lines of each device, in the order in which they came. */
    seqs,
    closed,
    of,
    lines: (mac?: string): LogEntry[] => of('log').filter((frame) => mac === undefined || frame.mac === mac),
    /** The states that the stream of a device has gone through. */
    states: () => of('status').map(({ state }) => state),
    reasons: () => of('status').map(({ reason = '' }) => reason)
  }
}

function note(seqs: Map<string, number[]>, { mac, seq }: LogEntry): void {
  const known = seqs.get(mac)
  if (known) known.push(seq)
  else seqs.set(mac, [seq])
}

/** The answer to an upgrade that is refused. */
export async function refusal(t: Test, url: string, path: string): Promise<{ status: number; body: string }> {
  const ws = new WebSocket(url.replace('http', 'ws') + path)
  t.teardown(() => ws.terminate())
  ws.on('error', () => undefined)
  return new Promise((resolve) => {
    ws.on('open', () => resolve({ status: 101, body: '' }))
    ws.on('unexpected-response', (_request, response) => {
      response
        .setEncoding('utf8')
        .toArray()
        .then((chunks) => resolve({ status: response.statusCode ?? 0, body: chunks.join('') }))
    })
  })
}

/** Whether numbers follow each other without a gap or a double. */
export const isUnbroken = (seqs: number[]): boolean => seqs.every((seq, i) => i === 0 || seq === (seqs[i - 1] ?? 0) + 1)
