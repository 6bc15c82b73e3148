import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import Bonjour from 'bonjour-service'

const MDNS_PORT = 5353
const MDNS_GROUP = '224.0.0.251'

// Written as a type: bonjour-service 1.4 ignores `subtypes` in a query, and would find every web server of the network.
const AXEOS_SERVICE = 'axeos._sub._http'

const WAIT_MS = 2000

export interface MdnsOptions {
  /** Address of the only interface to use */
  interface?: string
  /** UDP port. Default: 5353 */
  port?: number
  /** How long to listen for answers, ms. Default: 2000 */
  waitMs?: number
}

/** What a miner announces: its IPv4 addresses. `from` is the address that the announcement came from. */
export interface Announcement {
  addresses: string[]
  from: string | undefined
  port: number
}

/**
 * Queries one interface for miners that announce themselves (`_axeos._sub._http._tcp`, firmware 2.15 and later, AXEOS.md 6).
 * It sends the query twice, because multicast over Wi-Fi gets lost.
 * @throws the socket cannot be opened
 */
export async function browse(
  { interface: own, port = MDNS_PORT, waitMs = WAIT_MS }: MdnsOptions & { interface: string },
  closing: AbortSignal,
  onAnnouncement: (announcement: Announcement) => void
): Promise<void> {
  // bonjour-service would open the socket itself, and throw where nothing can catch it if the port is taken.
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port, '0.0.0.0')
  await once(socket, 'listening')
  const options = { port, socket, bind: false, multicast: false }
  const bonjour = new Bonjour(options, () => undefined)
  try {
    socket.addMembership(MDNS_GROUP, own)
    socket.setMulticastInterface(own)
    socket.setMulticastTTL(255)
    const browser = bonjour.find({ type: AXEOS_SERVICE }, (service) =>
      onAnnouncement({
        addresses: (service.addresses ?? []).filter((address) => !address.includes(':')),
        from: service.referer?.address,
        port: service.port
      })
    )
    await delay(waitMs / 2, undefined, { signal: closing })
    browser.update()
    await delay(waitMs / 2, undefined, { signal: closing })
  } finally {
    await new Promise<void>((resolve) => bonjour.destroy(() => resolve()))
  }
}
