import type { Reading } from '../../schemas/telemetry.ts'
import { isPresent, renderFamily, type FamilyHead, type Format } from './exposition.ts'
import { escapeLabel, poolName } from './labels.ts'

const SHARES: FamilyHead = {
  name: 'pluto_pool_shares_total',
  type: 'counter',
  help: 'Shares by pool since the service started.'
}
const RESULTS = ['accepted', 'rejected'] as const

/** Unused pools that keep their counters. The limit keeps a device from filling the memory with names. */
const MAX_UNUSED_POOLS = 100

/** No board finds more shares, in shares per second: 100 TH/s do 23,000 at a difficulty of 1. */
const MAX_RATE = 25_000
/** Added to the time since the last reading, which is not exact, in seconds. */
const SLACK_SECONDS = 60

type Shares = Record<(typeof RESULTS)[number], number | null>

/**
 * Counts shares per pool as polls arrive. A miner's own counters restart with the miner and when its pool changes, so only
 * their increments are added: nothing for the first reading of a device (this service may have restarted, not the miner),
 * then the difference, and the whole value after it has become smaller. A value that the board cannot have reached since its
 * last one is ignored.
 */
export function createPoolShares() {
  const lastReadings = new Map<string, { pool: string; shares: Shares; at: number }>()
  /** By the escaped name of the pool: names that are equal once escaped share a sample. */
  const totals = new Map<string, Record<keyof Shares, number>>()

  function record(mac: string, { identity, telemetry }: Reading): void {
    if (!identity.pool) return
    const pool = escapeLabel(poolName(identity.pool))
    const at = performance.now()
    const { shares: last, at: lastAt = at } = lastReadings.get(mac) ?? {}
    let acceptedAt = at
    const most = MAX_RATE * ((at - lastAt) / 1000 + SLACK_SECONDS)
    const shares: Shares = { accepted: telemetry.sharesAccepted, rejected: telemetry.sharesRejected }
    const total = totals.get(pool) ?? { accepted: 0, rejected: 0 }
    for (const result of RESULTS) {
      const found = increment(last?.[result], shares[result])
      if (found > most) [shares[result], acceptedAt] = [null, lastAt]
      else total[result] += found
      if (!isPresent(shares[result])) shares[result] = last?.[result] ?? null
    }
    totals.set(pool, total)
    lastReadings.set(mac, { pool, shares, at: acceptedAt })
    if (totals.size > lastReadings.size + MAX_UNUSED_POOLS) dropUnused()
  }

  function dropUnused(): void {
    const used = new Set([...lastReadings.values()].map(({ pool }) => pool))
    for (const pool of totals.keys()) if (!used.has(pool)) totals.delete(pool)
  }

  return {
    /** Adds the shares that a device found since its last reading. A reading without a pool is ignored. */
    record,

    /** Forgets the last reading of a device, so that its next one counts as its first. Its shares stay counted. */
    forget: (mac: string): void => void lastReadings.delete(mac),

    render(format: Format): string {
      const samples = [...totals].flatMap(([pool, total]) =>
        RESULTS.map((result) => ({ labels: `{pool="${pool}",result="${result}"}`, value: total[result] }))
      )
      return renderFamily(SHARES, samples, format)
    }
  }
}

function increment(before: number | null | undefined, now: number | null): number {
  if (!isPresent(before) || !isPresent(now)) return 0
  return now >= before ? now - before : Math.max(now, 0)
}
