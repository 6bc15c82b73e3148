import type { FastifyInstance } from 'fastify'

const PUBLISHED = 'grafana.published'
const REMOVALS = 'grafana.removals'

/** What has to be known about Grafana after a restart, and cannot be asked of it. */
export function createNotes({ db }: Pick<FastifyInstance, 'db'>) {
  const read = (key: string) => new Set<string>(JSON.parse(db.meta.get(key) ?? '[]'))
  const published = read(PUBLISHED)
  const removals = read(REMOVALS)
  let isChanged = false

  const write = (key: string, uids: Set<string>) =>
    db.commit(() => (db.isOpen ? [db.meta.put(key, JSON.stringify([...uids]))] : []))

  return {
    /** Reads them again, after the store has been replaced. */
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

    /** Dashboards whose removal Grafana has not confirmed yet. */
    removals: removals as ReadonlySet<string>,

    async rememberRemoval(uid: string): Promise<void> {
      removals.add(uid)
      await write(REMOVALS, removals)
    },

    async forgetRemoval(uid: string): Promise<void> {
      if (removals.delete(uid)) await write(REMOVALS, removals)
    },

    /** Tells whether a dashboard was published before: when its page is closed now, somebody closed it. */
    wasPublished: (uid: string): boolean => published.has(uid),

    setPublished(uid: string, value: boolean): void {
      if (published.has(uid) === value) return
      isChanged = true
      if (value) published.add(uid)
      else published.delete(uid)
    },

    /** Writes down what `setPublished` was told. */
    async flush(): Promise<void> {
      if (!isChanged) return
      isChanged = false
      await write(PUBLISHED, published)
    }
  }
}
export type Notes = ReturnType<typeof createNotes>
