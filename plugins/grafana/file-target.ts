import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import PQueue from 'p-queue'
import writeFileAtomic from 'write-file-atomic'
import { createDirectory } from '../../src/durable-file.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import { diffDashboard, type DashboardModel } from './dashboard.ts'
import type { Target } from './round.ts'

const CONCURRENCY = 8

/**
 * Creates a target that keeps dashboards as files, which a Grafana loads by itself. A file is named only by the uid. It is
 * replaced atomically, so Grafana never reads a partial one. It is not synced: what a power failure loses is broken or
 * missing at the next start, and then written again.
 */
export function createFileTarget(directory: string): Target {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const root = resolve(directory)
  const fileOf = (uid: string) => join(root, `${uid}.json`)

  return {
    prepare: () => createDirectory(root),

    apply: (desired) =>
      queue.add(async () => {
        const file = fileOf(desired.uid)
        const next = diffDashboard(desired, await read(file))
        if (next) await writeFileAtomic(file, `${JSON.stringify(next, null, 2)}\n`, { fsync: false })
        return null
      }),

    remove: (uid) => rm(fileOf(uid), { force: true })
  }
}

/** Reads a dashboard from a file; null if the file does not exist or holds no dashboard of Pluto. */
async function read(file: string): Promise<DashboardModel | null> {
  try {
    const model = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(model?.tags) ? model : null
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return null
    throw error
  }
}
