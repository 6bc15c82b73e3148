import type { FastifyInstance } from 'fastify'
import type { AuditEntry, AuditQuery } from '../../schemas/audit.ts'
import { pageOf, type Page } from '../../src/page.ts'
import { isStoreFailure } from '../../src/errors/code-of.ts'
import { createMatch } from './match.ts'

const FLUSH_MS = 1000
const RETRY_MS = 10_000
const ID_DIGITS = 12

/** Of the room, the part that requests of nobody may take: who is not let in cannot push out what others did. */
const STRANGERS = 0.1

/** The newest changing requests: in memory, and on disk a moment later. */
export function createTrail({ config, db, log }: Pick<FastifyInstance, 'config' | 'db' | 'log'>) {
  const { audit } = db
  let lastId = Number(audit.list().at(-1)?.id ?? 0)
  let pending: AuditEntry[] = []
  let timer: NodeJS.Timeout | undefined
  let written = Promise.resolve()

  function flushIn(ms: number): void {
    timer ??= setTimeout(() => void flush(), ms)
  }

  /** One after the other, so that no entry is written twice. */
  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    written = written.then(write)
    return written
  }

  async function write(): Promise<void> {
    const batch = [...pending]
    if (batch.length === 0) return
    try {
      await db.commit(() => [...batch.map((entry) => audit.put(entry.id, entry)), ...surplus(batch)], { sync: false })
      const done = new Set(batch)
      pending = pending.filter((entry) => !done.has(entry))
    } catch (err) {
      if (!isStoreFailure(err)) log.error({ err, entries: batch.length }, 'the audit trail could not be stored')
      flushIn(RETRY_MS)
    }
  }

  /** What has to go so that there is room for a batch. */
  function surplus(batch: AuditEntry[]) {
    const all = [...audit.list(), ...batch]
    const kept = new Set(keepNewest(all, config.AUDIT_ENTRIES))
    return all.filter((entry) => !kept.has(entry)).map(({ id }) => audit.del(id))
  }

  const list = () => [...audit.list(), ...pending.filter(({ id }) => !audit.has(id))]

  return {
    /** Adds an entry. Never throws, and waits for nothing. */
    add(entry: Omit<AuditEntry, 'id'>): void {
      pending.push({ id: String(++lastId).padStart(ID_DIGITS, '0'), ...entry })
      if (pending.length > 2 * config.AUDIT_ENTRIES) pending = keepNewest(pending, config.AUDIT_ENTRIES)
      flushIn(FLUSH_MS)
    },

    /**
     * One page of the entries that match. An operation is about each of its devices, however many it has.
     * @throws {InvalidCursorError}
     */
    async read(query: AuditQuery): Promise<Page<AuditEntry>> {
      const matches = await createMatch(db, query)
      return pageOf(
        list().filter(matches),
        query,
        ({ at }) => at,
        ({ id }) => id
      )
    },

    /** Writes what is not on disk yet. */
    async close(): Promise<void> {
      await flush()
      clearTimeout(timer)
    }
  }
}
export type Trail = ReturnType<typeof createTrail>

function keepNewest(entries: AuditEntry[], max: number): AuditEntry[] {
  const strangers = entries.filter(({ actor }) => actor === null)
  const gone = new Set(strangers.slice(0, -Math.ceil(max * STRANGERS)))
  return entries.filter((entry) => !gone.has(entry)).slice(-max)
}
