import type { FastifyInstance } from 'fastify'
import type { AuditEntry, AuditQuery } from '../../schemas/audit.ts'
import { isStoreFailure } from '../../src/errors/code-of.ts'
import { pageOf, type Page } from '../../src/page.ts'
import { createSerial } from '../../src/serial.ts'
import { createFilter } from './filter.ts'

const FLUSH_MS = 1000
const RETRY_MS = 10_000
const ID_DIGITS = 12

/** Largest share of the trail for requests without an actor, so that they cannot displace the entries of actors. */
const MAX_ANONYMOUS_SHARE = 0.1

/** Creates the trail of the newest changing requests. Entries are in memory at once, and on disk a moment later. */
export function createTrail({ config, db, log }: Pick<FastifyInstance, 'config' | 'db' | 'log'>) {
  const { audit } = db
  // One write at a time, so that no entry is written twice.
  const writes = createSerial()
  let lastId = Number(audit.list().at(-1)?.id ?? 0)
  let pending: AuditEntry[] = []
  let timer: NodeJS.Timeout | undefined

  function flushIn(ms: number): void {
    timer ??= setTimeout(() => void flush(), ms)
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    return writes.run(write)
  }

  async function write(): Promise<void> {
    const batch = [...pending]
    if (batch.length === 0) return
    try {
      await db.commit(() => [...batch.map((entry) => audit.put(entry.id, entry)), ...evictFor(batch)], { sync: false })
      const written = new Set(batch)
      pending = pending.filter((entry) => !written.has(entry))
    } catch (err) {
      if (!isStoreFailure(err)) log.error({ err, entries: batch.length }, 'the audit trail could not be stored')
      flushIn(RETRY_MS)
    }
  }

  /** Deletes the stored entries that a batch displaces. */
  function evictFor(batch: AuditEntry[]) {
    const all = [...audit.list(), ...batch]
    const kept = new Set(keepNewest(all, config.AUDIT_ENTRIES))
    return all.filter((entry) => !kept.has(entry)).map(({ id }) => audit.del(id))
  }

  const list = () => [...audit.list(), ...pending.filter(({ id }) => !audit.has(id))]

  return {
    /** Adds an entry. Never throws, and returns before the entry is stored. */
    add(entry: Omit<AuditEntry, 'id'>): void {
      pending.push({ id: String(++lastId).padStart(ID_DIGITS, '0'), ...entry })
      if (pending.length > 2 * config.AUDIT_ENTRIES) pending = keepNewest(pending, config.AUDIT_ENTRIES)
      flushIn(FLUSH_MS)
    },

    /**
     * Reads one page of the entries that match a query.
     * @throws {InvalidCursorError}
     */
    async read(query: AuditQuery): Promise<Page<AuditEntry>> {
      const matches = await createFilter(db, query)
      return pageOf(
        list().filter(matches),
        query,
        ({ at }) => at,
        ({ id }) => id
      )
    },

    /** Stores the pending entries. */
    async close(): Promise<void> {
      await flush()
      clearTimeout(timer)
    }
  }
}
export type Trail = ReturnType<typeof createTrail>

function keepNewest(entries: AuditEntry[], max: number): AuditEntry[] {
  const anonymous = entries.filter(({ actor }) => actor === null)
  const evicted = new Set(anonymous.slice(0, -Math.ceil(max * MAX_ANONYMOUS_SHARE)))
  return entries.filter((entry) => !evicted.has(entry)).slice(-max)
}
