import type { Reading } from '../../schemas/telemetry.ts'
import { isPresent, renderFamily, type FamilyHead, type Format } from './exposition.ts'
import { escapeLabel } from './labels.ts'
import { poolName } from './pool-name.ts'

const SHARES: FamilyHead = {
  name: 'pluto_pool_shares_total',
  type: 'counter',
  help: 'Shares by pool since the service started.'
}
const RESULTS = ['accepted', 'rejected'] as const

/** How many pools that nobody works for any more keep their counters: a device must not fill the memory with names. */
const ABANDONED_POOLS = 100

type Shares = Record<(typeof RESULTS)[number], number | null>

/**
 * Counts shares per pool as polls arrive. A miner's own counters start anew with the miner and with its pool, so what
 * is added to the pool in use are their increments: nothing at the first sight of a device (the service may have been
 * restarted, the miner not), the difference afterwards, and the whole value when it has become smaller.
 */
export function createPoolShares() {
  const seen = new Map<string, { pool: string; shares: Shares }>()
  /** By the pool's escaped name: names that read alike are one sample. */
  const totals = new Map<string, Record<keyof Shares, number>>()

  function record(mac: string, { identity, telemetry }: Reading): void {
    if (!identity.pool) return
    const pool = escapeLabel(poolName(identity.pool))
    const last = seen.get(mac)?.shares
    const shares: Shares = { accepted: telemetry.sharesAccepted, rejected: telemetry.sharesRejected }
    const total = totals.get(pool) ?? { accepted: 0, rejected: 0 }
    for (const result of RESULTS) {
      total[result] += increment(last?.[result], shares[result])
      if (!isPresent(shares[result])) shares[result] = last?.[result] ?? null
    }
    totals.set(pool, total)
    seen.set(mac, { pool, shares })
    if (totals.size > seen.size + ABANDONED_POOLS) dropAbandoned()
  }

  function dropAbandoned(): void {
    const used = new Set([...seen.values()].map(({ pool }) => pool))
    for (const pool of totals.keys()) if (!used.has(pool)) totals.delete(pool)
  }

  return {
    /** Adds what a device found since its last reading. A reading without a pool changes nothing. */
    record,

    /** Forgets a device, so that its next reading is a first sight again. What it found stays counted. */
    forget: (mac: string): void => void seen.delete(mac),

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
