import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { IdentifiedMiner } from './types.ts'

type Store = FastifyInstance['db']

/**
 * Stores miners that were found now. Another row with the same address stays: `lastSeen` shows which miner has it now.
 * @returns the rows as stored, one per MAC
 */
export function storeFound(db: Store, miners: IdentifiedMiner[]): Promise<Discovered[]> {
  return store(db, miners, () => true)
}

/**
 * Stores miners that the service found before. A row of this backend is never overwritten, because it may be newer.
 * @returns a row for each of the miners
 */
export function storeRemembered(db: Store, miners: IdentifiedMiner[]): Promise<Discovered[]> {
  return store(db, miners, (mac) => !db.discovered.has(mac))
}

async function store(
  db: Store,
  miners: IdentifiedMiner[],
  shouldStore: (mac: string) => boolean
): Promise<Discovered[]> {
  let rows: Discovered[] = []
  await db.commit(
    () => {
      rows = onePerMac(db, miners).map((miner) => toRow(db, miner))
      return rows.filter((row) => shouldStore(row.mac)).map((row) => db.discovered.put(row.mac, row))
    },
    { sync: false }
  )
  return rows
}

/** The row of a miner that was found now. */
export function toRow(db: Store, { mac, address, type, info, source }: IdentifiedMiner): Discovered {
  const lastSeen = new Date().toISOString()
  const firstSeen = db.discovered.get(mac)?.firstSeen ?? lastSeen
  return { mac, ip: address.text, type, info, source, firstSeen, lastSeen }
}

/** A miner that answers at several addresses keeps its stored one, else gets the first. */
function onePerMac(db: Store, miners: IdentifiedMiner[]): IdentifiedMiner[] {
  const chosen = new Map<string, IdentifiedMiner>()
  for (const miner of miners) {
    if (!chosen.has(miner.mac) || db.discovered.get(miner.mac)?.ip === miner.address.text) chosen.set(miner.mac, miner)
  }
  return [...chosen.values()]
}
