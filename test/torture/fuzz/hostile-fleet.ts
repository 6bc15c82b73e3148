import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { addressesFrom, macOf } from '../../../src/simulator/fleet/addresses.ts'
import { profiles } from '../../../src/simulator/miner/profiles.ts'
import { pickProfile } from '../../../src/simulator/miner/profiles.ts'
import type { Fields } from '../../../src/simulator/json.ts'
import { sleep, type Context } from '../part.ts'
import type { Random } from '../random.ts'
import { junkFrame, wholeFrame } from './frames.ts'
import { goodAnswer, rudeAnswer } from './mutate.ts'

const FIRST = '127.0.100.1'
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MOST_FRAMES = 200
const FRAME_EVERY_MS = 100

export interface RudeMiner {
  readonly mac: string
  readonly address: string
  readonly info: Fields
  asked: number
}

/**
 * Miners that answer every second question for their info as they should, so that they stay online, and everything else as
 * nobody should. Their logs are no better. All share one port; each has its own address.
 */
export async function startRudeFleet(context: Context, count: number, random: Random) {
  const sent = { answers: 0, frames: 0 }
  const byIp = new Map<string, RudeMiner>()
  const sockets = new Set<Socket>()
  let isRude = false

  const server = createServer((socket) => {
    const miner = byIp.get(socket.localAddress ?? '')
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    let text = ''
    socket.on('data', (chunk) => {
      text = (text + chunk.toString('latin1')).slice(-20_000)
      const request = takeRequest(text)
      if (!request || !miner) return
      text = ''
      answer(miner, socket, request)
    })
  })

  function answer(miner: RudeMiner, socket: Socket, request: Request): void {
    if (request.key !== undefined) return void streamLog(socket, request.key)
    const isInfo = request.method === 'GET' && request.path.startsWith('/api/system/info')
    const isGood = !isRude || (isInfo && miner.asked++ % 2 === 0)
    if (isGood) return void socket.write(goodAnswer(isInfo ? miner.info : {}))
    sent.answers++
    const bytes = rudeAnswer(random, miner.info)
    const end = random.unit()
    if (end < 0.05) return void socket.resetAndDestroy()
    socket.write(bytes)
    // Half of those that are left open never end by themselves when their length is a lie.
    if (end < 0.5) socket.end()
  }

  async function streamLog(socket: Socket, key: string): Promise<void> {
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64')
    const odd = random.chance(0.1)
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    socket.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${odd ? 'x' : accept}\r\n\r\n`)
    for (let i = 0; i < MOST_FRAMES && !socket.destroyed; i++) {
      sent.frames++
      socket.write(random.chance(0.95) ? wholeFrame(random) : junkFrame(random, random.chance(0.5)))
      await sleep(FRAME_EVERY_MS)
    }
    socket.destroy()
  }

  await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening))
  const { port } = server.address() as AddressInfo
  for (const [i, ip] of addressesFrom(FIRST, count).entries()) {
    const mac = macOf(context.seed + 77, i)
    const info = {
      ...pickProfile(profiles[i % profiles.length] ?? profiles[0]).info,
      macAddr: mac.toUpperCase(),
      hostname: `rude-${i}`
    }
    byIp.set(ip, { mac, address: `${ip}:${port}`, info, asked: 0 })
  }
  context.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { miners: [...byIp.values()], sent, beRude: (rude: boolean) => void (isRude = rude) }
}

interface Request {
  method: string
  path: string
  /** Of an upgrade. */
  key: string | undefined
}

/** The request that has arrived whole, or null. */
function takeRequest(text: string): Request | null {
  const end = text.indexOf('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
  if (end < 0 || text.length < end + 4 + length) return null
  const [method = '', path = ''] = text.split(' ')
  return { method, path, key: /sec-websocket-key: (\S+)/i.exec(text)?.[1] }
}
