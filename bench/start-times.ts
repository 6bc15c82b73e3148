import { join } from 'node:path'
import { startBackend, type BackendOptions } from './processes/backend.ts'
import { median } from './measures/percentile.ts'
import { progress } from './report/progress.ts'

/** From the start of the process to the first 200 of /readyz, in ms. */
export interface StartFigures {
  imprintedMs: number
  emptyMs: number
}

/** Starts the backend several times on the store of `dataDir`, and on an empty one; the middle times count. */
export async function measureStarts(given: BackendOptions): Promise<StartFigures> {
  const { starts } = given.options
  progress(`starting ${starts} times with all devices, ${starts} times with none`)
  const imprinted: number[] = []
  const empty: number[] = []
  for (let i = 0; i < starts; i++) {
    imprinted.push(await startOnce(given))
    empty.push(await startOnce({ ...given, dataDir: join(given.directory, `empty-${i}`) }))
  }
  return { imprintedMs: median(imprinted), emptyMs: median(empty) }
}

async function startOnce(given: BackendOptions): Promise<number> {
  const backend = await startBackend(given)
  await backend.stop()
  return backend.startMs
}
