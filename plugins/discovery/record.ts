import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { Sighting } from './types.ts'

/**
 * Stores what was seen, one row per MAC and one batch for all. The row of a miner whose address answers for another one
 * by now stays as it is: `lastSeen` tells which of the two is there.
 * @returns the rows as stored
 */
export async function record(db: FastifyInstance['db'], sightings: Sighting[]): Promise<Discovered[]> {
  const now = new Date().toISOString()
  let rows: Discovered[] = []
  await db.commit(
    () => {
      rows = onePerMac(db, sightings).map((seen) => ({
        ...seen,
        firstSeen: db.discovered.get(seen.mac)?.firstSeen ?? now,
        lastSeen: now
      }))
      return rows.map((row) => db.discovered.put(row.mac, row))
    },
    { sync: false }
  )
  return rows
}

/** A miner that answers at several addresses keeps the one that is stored, else gets the first. */
function onePerMac(db: FastifyInstance['db'], sightings: Sighting[]): Sighting[] {
  const chosen = new Map<string, Sighting>()
  for (const seen of sightings) {
    if (!chosen.has(seen.mac) || db.discovered.get(seen.mac)?.ip === seen.ip) chosen.set(seen.mac, seen)
  }
  return [...chosen.values()]
}
