import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { parseAddress, type Address, type Networks } from '../../../src/network.ts'
import { hostsOf, type Target } from '../../../src/targets.ts'
import type { Arp } from './arp.ts'
import { browse, type MdnsOptions } from './mdns.ts'
import type { Log, Offer } from '../types.ts'

/** One way to learn where miners may be. It offers each place as soon as it knows it. */
export interface SearchSource {
  readonly name: string
  run(offer: Offer, closing: AbortSignal): Promise<void>
}

const LOOKUP_TIMEOUT_MS = 5000

/** Parses an address and holds it against the networks where miners may be; null when it is not usable. */
export function usableAddress(networks: Networks, host: string, port: number): Address | null {
  const address = parseAddress(`${host}:${port}`)
  return address !== null && networks.contains(address.host) ? address : null
}

/** Every address of the networks, handed over as fast as `hasRoom` resolves. */
export function sweepSource(targets: Target[], networks: Networks, hasRoom: () => Promise<void>): SearchSource {
  const wide = targets.filter((target) => target.kind === 'network')
  return {
    name: 'sweep',
    async run(offer, closing) {
      for (const target of wide) {
        for (const host of hostsOf(target)) {
          const address = usableAddress(networks, host, target.port)
          if (address === null) continue
          await hasRoom()
          if (closing.aborted) return
          offer(address, 'sweep')
        }
      }
    }
  }
}

/** One configured host, by address or by name; a name stands for all of its IPv4 addresses. */
export function hostSource(target: Extract<Target, { kind: 'host' }>, networks: Networks, log: Log): SearchSource {
  return {
    name: `host ${target.host}`,
    async run(offer, closing) {
      for (const host of await addressesOf(target.host, closing)) {
        const address = usableAddress(networks, host, target.port)
        if (address !== null) offer(address, 'sweep')
        else log.warn({ host: target.host, ip: host }, 'this host lies outside of DEVICE_NETWORKS')
      }
    }
  }
}

/** The neighbours that the kernel knows, at each of the ports where miners are expected. */
export function arpSource(arp: Arp, ports: ReadonlySet<number>, networks: Networks): SearchSource {
  return {
    name: 'arp',
    async run(offer) {
      for (const host of (await arp.read()).keys()) {
        for (const port of ports) {
          const address = usableAddress(networks, host, port)
          if (address !== null) offer(address, 'arp')
        }
      }
    }
  }
}

/** Miners that announce themselves on the network of one interface. */
export function mdnsSource(options: MdnsOptions & { interface: string }, networks: Networks): SearchSource {
  return {
    name: `mdns on ${options.interface}`,
    run: (offer, closing) =>
      browse(options, closing, ({ addresses, from, port }) => {
        const told = addresses.map((host) => usableAddress(networks, host, port)).filter((address) => address !== null)
        const sender = usableAddress(networks, from ?? '', port)
        for (const address of told.length === 0 && sender ? [sender] : told) offer(address, 'mdns')
      })
  }
}

async function addressesOf(host: string, closing: AbortSignal): Promise<string[]> {
  const limit = AbortSignal.any([closing, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)])
  const found = await Promise.race([lookup(host, { all: true, family: 4 }), once(limit, 'abort').then(() => null)])
  if (found === null) throw new Error(`${host} could not be resolved within ${LOOKUP_TIMEOUT_MS} ms`)
  return found.map(({ address }) => address)
}
