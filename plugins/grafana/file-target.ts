import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import PQueue from 'p-queue'
import { judge } from './diff.ts'
import type { DashboardModel } from './render.ts'
import type { Target } from './target.ts'

const CONCURRENCY = 8

/**
 * Keeps dashboards as files that a Grafana loads by itself. A file is named by the uid alone, and is replaced as a whole:
 * Grafana never reads half of one.
 */
export function createFileTarget(directory: string): Target {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const root = resolve(directory)
  const fileOf = (uid: string) => join(root, `${uid}.json`)

  return {
    prepare: async () => void (await mkdir(root, { recursive: true })),

    ensure: (wanted) =>
      queue.add(async () => {
        const file = fileOf(wanted.uid)
        const next = judge(wanted, await read(file))
        if (next) await replace(file, `${JSON.stringify(next, null, 2)}\n`)
        return null
      }),

    remove: (uid) => rm(fileOf(uid), { force: true })
  }
}

/** What is in a file; null when there is none, or nothing that Pluto wrote. */
async function read(file: string): Promise<DashboardModel | null> {
  try {
    const model = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(model?.tags) ? model : null
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.tmp`
  await writeFile(draft, text)
  await rename(draft, file)
}
