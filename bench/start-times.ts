import { join } from 'node:path'
import { startBackend, type BackendOptions } from './processes/backend.ts'
import { median } from './measures/percentile.ts'
import { progress } from './report/report.ts'

/** Times from the start of the process to the first 200 of /readyz, ms. */
export interface StartFigures {
  imprintedMs: number
  emptyMs: number
}

/** Starts the backend several times with the store of `dataDir` and with an empty one. @returns the medians */
export async function measureStarts(given: BackendOptions): Promise<StartFigures> {
  const { starts } = given.options
  progress(`starting ${starts} times with all devices, ${starts} times without any`)
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
