import type { FastifyInstance } from 'fastify'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { DiscoveredQuery } from '../../../schemas/discovery.ts'
import { normalizeMac } from '../../../src/mac.ts'
import { parseAddress, parseNetworks, type Networks } from '../../../src/network.ts'
import { stripSecrets } from '../../../src/redact.ts'
import type { ServiceClient } from './client.ts'
import type { Finder, Found } from '../types.ts'

export interface ServiceFinder extends Finder {
  /** Asks for a search for one MAC. */
  withMac(mac: string): Promise<Found[]>
  /** Asks for what was found before. */
  discovered(query: DiscoveredQuery): Promise<Found[]>
}

/** Finds miners through an external discovery service. What it answers is taken row by row, as far as it makes sense. */
export function createService({ config, log }: FastifyInstance, client: ServiceClient): ServiceFinder {
  const networks = parseNetworks(config.DEVICE_NETWORKS)

  function usable(list: unknown[]): Found[] {
    const found = list.map((row) => readRow(row, networks)).filter((row) => row !== null)
    const dropped = list.length - found.length
    if (dropped > 0) log.warn({ dropped }, 'discovery: the service told of devices that are not usable')
    return found
  }

  return {
    at: async ({ text }, asked) => usable(await client.discover({ ip: text, ...(asked !== null && { mac: asked }) })),
    withMac: async (mac) => usable(await client.discover({ mac })),
    everywhere: async () => usable(await client.discover({})),
    discovered: async (query) => usable(await client.discovered(query))
  }
}

const RowSchema = Type.Object({
  ip: Type.String(),
  mac: Type.Optional(Type.Unknown()),
  type: Type.Optional(Type.String()),
  info: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
})

const DEEPEST_ROW = 16

/** Reads one device of an answer; null when it is none, or lies outside of the networks. Its secrets are removed. */
function readRow(row: unknown, networks: Networks): Found | null {
  if (!Value.Check(RowSchema, row) || !isShallow(row, DEEPEST_ROW)) return null
  const address = parseAddress(row.ip)
  if (address === null || !networks.contains(address.host)) return null
  const info = stripSecrets(row.info ?? {})
  const asic = typeof info['ASICModel'] === 'string' ? info['ASICModel'] : 'unknown'
  const mac = normalizeMac(info['macAddr']) ?? normalizeMac(row.mac)
  return { address, source: 'service', mac, type: row.type ?? asic, info }
}

/** Whether a value nests no deeper than `levels`, so that no walk over it runs out of stack. */
function isShallow(value: object, levels: number): boolean {
  if (levels === 0) return false
  return Object.values(value).every(
    (child) => typeof child !== 'object' || child === null || isShallow(child, levels - 1)
  )
}
