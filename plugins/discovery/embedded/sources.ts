import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { sharedLookup } from '../../../src/lookup.ts'
import { parseAddress, type Address, type Networks } from '../../../src/network.ts'
import { hostsOf, type Target } from '../../../src/targets.ts'
import type { Arp } from './arp.ts'
import { browse, type MdnsOptions } from './mdns.ts'
import type { Log, OnCandidate } from '../types.ts'

/** A way to learn addresses of miners. It reports each address as soon as it knows it. */
export interface SearchSource {
  readonly name: string
  run(onCandidate: OnCandidate, closing: AbortSignal): Promise<void>
}

const LOOKUP_TIMEOUT_MS = 5000

const lookupAll = (host: string) =>
  new Promise<LookupAddress[]>((resolve, reject) =>
    sharedLookup(host, { all: true, family: 4 }, (error, found) =>
      error || typeof found === 'string' ? reject(error ?? new Error(`${host} was not resolved`)) : resolve(found)
    )
  )

/** Parses an address; null if it is not valid or lies outside `DEVICE_NETWORKS`. */
export function usableAddress(networks: Networks, host: string, port: number): Address | null {
  const address = parseAddress(`${host}:${port}`)
  return address !== null && networks.contains(address.host) ? address : null
}

/** Reports every address of the networks, at the pace of `waitForCapacity`. */
export function sweepSource(targets: Target[], networks: Networks, waitForCapacity: () => Promise<void>): SearchSource {
  const ranges = targets.filter((target) => target.kind === 'network')
  return {
    name: 'sweep',
    async run(onCandidate, closing) {
      for (const target of ranges) {
        for (const host of hostsOf(target)) {
          const address = usableAddress(networks, host, target.port)
          if (address === null) continue
          await waitForCapacity()
          if (closing.aborted) return
          onCandidate(address, 'sweep')
        }
      }
    }
  }
}

/** Reports a configured host. A name stands for all of its IPv4 addresses. */
export function hostSource(target: Extract<Target, { kind: 'host' }>, networks: Networks, log: Log): SearchSource {
  return {
    name: `host ${target.host}`,
    async run(onCandidate, closing) {
      for (const host of await addressesOf(target.host, closing)) {
        const address = usableAddress(networks, host, target.port)
        if (address !== null) onCandidate(address, 'sweep')
        else log.warn({ host: target.host, ip: host }, 'discovery: a configured host lies outside DEVICE_NETWORKS')
      }
    }
  }
}

/** Reports the neighbours in the ARP table, at each port where miners are expected. */
export function arpSource(arp: Arp, ports: ReadonlySet<number>, networks: Networks): SearchSource {
  return {
    name: 'arp',
    async run(onCandidate) {
      const table = await arp.read()
      // A machine without the file has no ARP table to miss.
      if (arp.failure !== null && arp.failure !== 'ENOENT')
        throw new Error(`the ARP table cannot be read (${arp.failure})`)
      for (const host of table.keys()) {
        for (const port of ports) {
          const address = usableAddress(networks, host, port)
          if (address !== null) onCandidate(address, 'arp')
        }
      }
    }
  }
}

/** Reports miners that announce themselves on the network of one interface. */
export function mdnsSource(options: MdnsOptions & { interface: string }, networks: Networks): SearchSource {
  return {
    name: `mdns on ${options.interface}`,
    run: (onCandidate, closing) =>
      browse(options, closing, ({ addresses, from, port }) => {
        const announced = addresses
          .map((host) => usableAddress(networks, host, port))
          .filter((address) => address !== null)
        const sender = usableAddress(networks, from ?? '', port)
        for (const address of announced.length === 0 && sender ? [sender] : announced) onCandidate(address, 'mdns')
      })
  }
}

async function addressesOf(host: string, closing: AbortSignal): Promise<string[]> {
  const limit = AbortSignal.any([closing, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)])
  const found = await Promise.race([lookupAll(host), once(limit, 'abort').then(() => null)])
  if (found === null) throw new Error(`${host} could not be resolved within ${LOOKUP_TIMEOUT_MS} ms`)
  return found.map(({ address }) => address)
}
