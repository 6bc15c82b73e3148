import { join } from 'node:path'
import { startNode, stop } from './children.ts'
import { call } from './ipc.ts'
import type { ViewerFigures, Watchers } from './viewers-process.ts'

/** Opens Socket.IO clients in a separate process, so that their CPU time is not counted as the backend's. */
export async function openViewers(watchers: Watchers) {
  const script = join(import.meta.dirname, 'viewers-process.ts')
  const child = startNode([script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await call(child, 'open', watchers)
  return {
    reset: () => call(child, 'reset'),
    figures: () => call<ViewerFigures>(child, 'figures'),
    close: () => stop(child)
  }
}
