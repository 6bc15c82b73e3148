import { Agent, request } from 'undici'
import { summarize, type Summary } from './percentile.ts'

const EVERY_MS = 1000

/** Latencies to the last byte of the answer, ms. */
export interface RouteFigures extends Summary {
  route: string
  bytes: number
  failures: number
}

/** The path to request for each route. */
export type Routes = Record<string, string>

/** Routes whose answers grow with the fleet. */
export const LARGE: Routes = { '/metrics': '/metrics', '/devices/imprint': '/devices/imprint' }

/** The large routes and two small ones. */
export const routesFor = (mac: string): Routes => ({
  ...LARGE,
  '/devices/imprint/:id': `/devices/imprint/${mac}`,
  '/healthz': '/healthz'
})

/**
 * Requests each route once a second, evenly spread over the second, until it is stopped. A route is skipped while its
 * previous request is pending.
 */
export function requestEverySecond(url: string, routes: Routes, gzip: boolean) {
  const agent = new Agent()
  const spread = EVERY_MS / Object.keys(routes).length
  const running = Object.entries(routes).map(([route, path], i) => startRequests(route, url + path, i * spread))

  function startRequests(route: string, target: string, firstMs: number) {
    const latencies: number[] = []
    let bytes = 0
    let failures = 0
    let pending = Promise.resolve()
    let isPending = false
    const headers = gzip ? { 'accept-encoding': 'gzip' } : {}

    async function once(): Promise<void> {
      const startedAt = performance.now()
      const { statusCode, body } = await request(target, { dispatcher: agent, headers })
      const size = (await body.arrayBuffer()).byteLength
      if (statusCode !== 200) throw new Error(`${target} answered ${statusCode}`)
      latencies.push(performance.now() - startedAt)
      bytes = size
    }
    function requestOnce(): void {
      if (isPending) return
      isPending = true
      pending = once()
        .catch(() => void failures++)
        .finally(() => (isPending = false))
    }
    let every: NodeJS.Timeout | undefined
    const first = setTimeout(() => {
      requestOnce()
      every = setInterval(requestOnce, EVERY_MS)
    }, firstMs)
    return async function end(): Promise<RouteFigures> {
      clearTimeout(first)
      clearInterval(every)
      await pending
      return { route, ...summarize(latencies), bytes, failures }
    }
  }

  return async function stop(): Promise<RouteFigures[]> {
    const figures = await Promise.all(running.map((end) => end()))
    await agent.close()
    return figures
  }
}
