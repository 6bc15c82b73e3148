import type { FastifyInstance } from 'fastify'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { DiscoveredQuery } from '../../../schemas/discovery.ts'
import { normalizeMac } from '../../../src/mac.ts'
import { parseAddress, parseNetworks, type Networks } from '../../../src/network.ts'
import { stripSecrets } from '../../../src/redact.ts'
import { inSlices } from '../../../src/page.ts'
import { isDeeper } from '../../../src/safe-json.ts'
import type { Finder, Found, FoundMiner } from '../types.ts'
import type { DiscoveryServiceClient } from './client.ts'

export interface ServiceFinder extends Finder {
  /** Requests a search for one MAC. */
  withMac(mac: string): Promise<Found>
  /** Lists what the service found before. */
  discovered(query: DiscoveredQuery): Promise<Found>
}

/** Creates a finder that asks an external discovery service. It validates each row of a response on its own. */
export function createServiceFinder({ config, log }: FastifyInstance, client: DiscoveryServiceClient): ServiceFinder {
  const networks = parseNetworks(config.DEVICE_NETWORKS)

  async function parseRows(rows: unknown[]): Promise<Found> {
    const miners: FoundMiner[] = []
    for await (const row of inSlices(rows.slice(0, MAX_ROWS))) {
      const miner = parseRow(row, networks)
      if (miner) miners.push(miner)
    }
    const dropped = rows.length - miners.length
    if (dropped > 0) log.warn({ dropped }, 'discovery: dropped unusable devices from the response of the service')
    return { miners, failed: dropped }
  }

  return {
    at: async ({ text }, expectedMac) =>
      parseRows(await client.discover({ ip: text, ...(expectedMac !== null && { mac: expectedMac }) })),
    withMac: async (mac) => parseRows(await client.discover({ mac })),
    everywhere: async () => parseRows(await client.discover({})),
    discovered: async (query) => parseRows(await client.discovered(query))
  }
}

const RowSchema = Type.Object({
  ip: Type.String(),
  mac: Type.Optional(Type.Unknown()),
  type: Type.Optional(Type.String()),
  info: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
})

/** Rows of a response that are used. More than a /18 holds is no answer of an honest service. */
const MAX_ROWS = 16_384

/** Levels that a row may nest, so that code which walks it does not run out of stack. */
const MAX_DEPTH = 16

/** Parses a row and removes its secrets; null if it is not a device or lies outside the networks. */
function parseRow(row: unknown, networks: Networks): FoundMiner | null {
  if (!Value.Check(RowSchema, row) || isDeeper(row, MAX_DEPTH)) return null
  const address = parseAddress(row.ip)
  if (address === null || !networks.contains(address.host)) return null
  const info = stripSecrets(row.info ?? {})
  const asic = typeof info['ASICModel'] === 'string' ? info['ASICModel'] : 'unknown'
  const mac = normalizeMac(info['macAddr']) ?? normalizeMac(row.mac)
  return { address, source: 'service', mac, type: row.type ?? asic, info }
}
