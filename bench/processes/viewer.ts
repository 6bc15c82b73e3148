import { WebSocket } from 'ws'

const STAT = Buffer.from('42["stat_update",')
const CONNECT_LIMIT_MS = 20_000

/** A frame that the backend sent to a client, as bytes. */
export type Heard = (frame: Buffer) => void

/**
 * Opens a Socket.IO client that watches devices: `mac`, or all of them. The package for clients would parse each of
 * thousands of events a second, and take that time from the backend on a small machine; so this one speaks the protocol
 * (Engine.IO 4 over WebSocket) itself, and looks at the bytes.
 */
export async function openViewer(url: string, mac: string | undefined, heard: Heard): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/io?EIO=4&transport=websocket`)
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
  const limit = setTimeout(() => reject(new Error('a client could not connect in time')), CONNECT_LIMIT_MS)
  socket.once('close', () => reject(new Error('the backend has closed the connection of a client')))
  socket.on('error', reject)
  socket.on('message', (data: Buffer) => {
    if (data.subarray(0, STAT.length).equals(STAT)) return heard(data)
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

/** Which miner gave the answer in a frame, and how many ms after its start; null when it does not tell. */
export function stampOf(frame: Buffer): { mac: string; ageMs: number } | null {
  const at = frame.indexOf(STAMP)
  const mac = at < 0 ? undefined : MAC.exec(frame.subarray(0, 100).toString())?.[1]
  if (mac === undefined) return null
  const digits = frame.subarray(at + STAMP.length, at + STAMP.length + 20).toString()
  return { mac, ageMs: Number.parseInt(digits, 10) }
}
