import { WebSocket } from 'ws'

const STAT = Buffer.from('42["stat_update",')
const CONNECT_LIMIT_MS = 20_000

/** Called with the bytes of each event frame. */
export type OnEvent = (frame: Buffer) => void

/**
 * Opens a Socket.IO client that watches the device `mac`, or all devices. It implements the protocol itself (Engine.IO 4 over
 * WebSocket) and searches the bytes: socket.io-client would parse thousands of events a second, and on a small machine that
 * CPU time would be missing in the backend.
 */
export async function openViewer(url: string, mac: string | undefined, onEvent: OnEvent): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/io?EIO=4&transport=websocket`)
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
  const limit = setTimeout(() => reject(new Error('a client could not connect in time')), CONNECT_LIMIT_MS)
  socket.once('close', () => reject(new Error('the backend closed the connection of a client')))
  socket.on('error', reject)
  socket.on('message', (data: Buffer) => {
    if (data.subarray(0, STAT.length).equals(STAT)) return onEvent(data)
    const text = data.toString()
    if (text.startsWith('0')) socket.send('40')
    else if (text === '2') socket.send('3')
    else if (text.startsWith('40') && mac === undefined) resolve(socket)
    else if (text.startsWith('40'))
      socket.send(`420${JSON.stringify(['subscribe', { macs: [mac], topics: ['stat'] }])}`)
    else if (text === '430[{"ok":true}]') resolve(socket)
    else if (text.startsWith('44') || text.startsWith('430')) reject(new Error(`a client was refused: ${text}`))
  })
  return promise.finally(() => clearTimeout(limit))
}

const MAC = /"mac":"([0-9a-f:]{17})"/
const STAMP = Buffer.from('"hashRateTimestamp":')

/** Returns the miner of an event frame and the age of its answer in ms since its start; null when the frame has no time. */
export function stampOf(frame: Buffer): { mac: string; ageMs: number } | null {
  const at = frame.indexOf(STAMP)
  const mac = at < 0 ? undefined : MAC.exec(frame.subarray(0, 100).toString())?.[1]
  if (mac === undefined) return null
  const digits = frame.subarray(at + STAMP.length, at + STAMP.length + 20).toString()
  return { mac, ageMs: Number.parseInt(digits, 10) }
}
