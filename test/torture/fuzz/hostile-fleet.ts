import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { addressesFrom, macOf } from '../../../src/simulator/fleet/addresses.ts'
import { profiles } from '../../../src/simulator/miner/profiles.ts'
import { pickProfile } from '../../../src/simulator/miner/profiles.ts'
import type { Fields } from '../../../src/simulator/json.ts'
import { sleep, type Context } from '../part.ts'
import type { Random } from '../random.ts'
import { malformedFrame, frameWithMalformedLine } from './frames.ts'
import { validAnswer, hostileAnswer } from './mutate.ts'

const FIRST = '127.0.100.1'
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MOST_FRAMES = 200
const FRAME_EVERY_MS = 100

export interface HostileMiner {
  readonly mac: string
  readonly address: string
  readonly info: Fields
  infoRequests: number
}

/**
 * Starts miners that answer every second info request correctly, so that they stay online, and mutate all other answers and
 * their logs. All share one port; each has its own address.
 */
export async function startHostileFleet(context: Context, count: number, random: Random) {
  const sent = { answers: 0, frames: 0 }
  const byIp = new Map<string, HostileMiner>()
  const sockets = new Set<Socket>()
  let isHostile = false

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

  function answer(miner: HostileMiner, socket: Socket, request: Request): void {
    if (request.key !== undefined) return void streamLog(socket, request.key)
    const isInfo = request.method === 'GET' && request.path.startsWith('/api/system/info')
    const isGood = !isHostile || (isInfo && miner.infoRequests++ % 2 === 0)
    if (isGood) return void socket.write(validAnswer(isInfo ? miner.info : {}))
    sent.answers++
    const bytes = hostileAnswer(random, miner.info)
    const end = random.unit()
    if (end < 0.05) return void socket.resetAndDestroy()
    socket.write(bytes)
    // With a wrong length, an answer on a connection that stays open never ends.
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
      socket.write(random.chance(0.95) ? frameWithMalformedLine(random) : malformedFrame(random, random.chance(0.5)))
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
      hostname: `hostile-${i}`
    }
    byIp.set(ip, { mac, address: `${ip}:${port}`, info, infoRequests: 0 })
  }
  context.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { miners: [...byIp.values()], sent, setHostile: (hostile: boolean) => void (isHostile = hostile) }
}

interface Request {
  method: string
  path: string
  /** The `Sec-WebSocket-Key` of an upgrade. */
  key: string | undefined
}

/** Returns the request once it is complete, otherwise null. */
function takeRequest(text: string): Request | null {
  const end = text.indexOf('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
  if (end < 0 || text.length < end + 4 + length) return null
  const [method = '', path = ''] = text.split(' ')
  return { method, path, key: /sec-websocket-key: (\S+)/i.exec(text)?.[1] }
}
