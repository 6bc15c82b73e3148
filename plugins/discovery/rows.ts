import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { Sighting } from './types.ts'

type Store = FastifyInstance['db']

/**
 * Stores what was seen now. The row of a miner whose address answers for another one by now stays as it is: `lastSeen`
 * tells which of the two is there.
 * @returns the rows as stored, one per MAC
 */
export function record(db: Store, sightings: Sighting[]): Promise<Discovered[]> {
  return store(db, sightings, () => true)
}

/**
 * Stores what somebody else remembers: only miners that were never seen from here, for a memory may be older.
 * @returns a row for each miner that is remembered
 */
export function recordMemory(db: Store, sightings: Sighting[]): Promise<Discovered[]> {
  return store(db, sightings, (mac) => !db.discovered.has(mac))
}

async function store(db: Store, sightings: Sighting[], isWanted: (mac: string) => boolean): Promise<Discovered[]> {
  let rows: Discovered[] = []
  await db.commit(
    () => {
      rows = onePerMac(db, sightings).map((seen) => toRow(db, seen))
      return rows.filter((row) => isWanted(row.mac)).map((row) => db.discovered.put(row.mac, row))
    },
    { sync: false }
  )
  return rows
}

/** What is stored of a miner that was seen now. */
export function toRow(db: Store, { mac, address, type, info, source }: Sighting): Discovered {
  const lastSeen = new Date().toISOString()
  const firstSeen = db.discovered.get(mac)?.firstSeen ?? lastSeen
  return { mac, ip: address.text, type, info, source, firstSeen, lastSeen }
}

/** A miner that answers at several addresses keeps the one that is stored, else gets the first. */
function onePerMac(db: Store, sightings: Sighting[]): Sighting[] {
  const chosen = new Map<string, Sighting>()
  for (const seen of sightings) {
    if (!chosen.has(seen.mac) || db.discovered.get(seen.mac)?.ip === seen.address.text) chosen.set(seen.mac, seen)
  }
  return [...chosen.values()]
}
