import type { FastifyInstance } from 'fastify'

const PUBLISHED = 'grafana.published'
const REMOVALS = 'grafana.removals'

/** State that has to survive a restart because Grafana cannot be asked for it. */
export function createPersistedState({ db }: Pick<FastifyInstance, 'db'>) {
  const read = (key: string) => parseList(db.meta.get(key) ?? '[]')
  const published = read(PUBLISHED)
  const removals = read(REMOVALS)
  let isChanged = false

  const write = (key: string, uids: Set<string>) =>
    db.commit(() => (db.isOpen ? [db.meta.put(key, JSON.stringify([...uids]))] : []))

  return {
    /** Reads the state again after the store was replaced. */
    reload(): void {
      for (const [key, uids] of [
        [PUBLISHED, published],
        [REMOVALS, removals]
      ] as const) {
        uids.clear()
        for (const uid of read(key)) uids.add(uid)
      }
      isChanged = false
    },

    /** Dashboards that have to be removed. Grafana has not confirmed it yet. */
    removals: removals as ReadonlySet<string>,

    async addRemoval(uid: string): Promise<void> {
      removals.add(uid)
      await write(REMOVALS, removals)
    },

    async deleteRemoval(uid: string): Promise<void> {
      if (removals.delete(uid)) await write(REMOVALS, removals)
    },

    /** Whether a dashboard was published before. If its page is closed now, a user closed it. */
    wasPublished: (uid: string): boolean => published.has(uid),

    /** Takes effect in memory; `flush` writes it. */
    setPublished(uid: string, value: boolean): void {
      if (published.has(uid) === value) return
      isChanged = true
      if (value) published.add(uid)
      else published.delete(uid)
    },

    /** Writes the changes of `setPublished`. */
    async flush(): Promise<void> {
      if (!isChanged) return
      isChanged = false
      await write(PUBLISHED, published)
    }
  }
}
/** A list that is damaged counts as empty: it must not prevent the start. */
function parseList(text: string): Set<string> {
  try {
    const list: unknown = JSON.parse(text)
    return new Set(Array.isArray(list) ? list.filter((uid) => typeof uid === 'string') : [])
  } catch {
    return new Set()
  }
}

export type PersistedState = ReturnType<typeof createPersistedState>
