import { Agent, request } from 'undici'
import { summarize, type Summary } from './percentile.ts'

const EVERY_MS = 1000

/** Latencies in ms, to the last byte of the answer. */
export interface RouteFigures extends Summary {
  route: string
  bytes: number
  failures: number
}

/** What is asked for: the path of each route. */
export type Routes = Record<string, string>

/** The large answers, which grow with the fleet. */
export const LARGE: Routes = { '/metrics': '/metrics', '/devices/imprint': '/devices/imprint' }

/** Those, and two small ones. */
export const routesWith = (mac: string): Routes => ({
  ...LARGE,
  '/devices/imprint/:id': `/devices/imprint/${mac}`,
  '/healthz': '/healthz'
})

/**
 * Asks each of some routes once a second, evenly spread over it, until it is stopped. A request that takes longer than a
 * second is not joined by another one of its kind.
 */
export function askEverySecond(url: string, routes: Routes, gzip: boolean) {
  const agent = new Agent()
  const spread = EVERY_MS / Object.keys(routes).length
  const asked = Object.entries(routes).map(([route, path], i) => startAsking(route, url + path, i * spread))

  function startAsking(route: string, target: string, firstMs: number) {
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
    function ask(): void {
      if (isPending) return
      isPending = true
      pending = once()
        .catch(() => void failures++)
        .finally(() => (isPending = false))
    }
    let every: NodeJS.Timeout | undefined
    const first = setTimeout(() => {
      ask()
      every = setInterval(ask, EVERY_MS)
    }, firstMs)
    return async function end(): Promise<RouteFigures> {
      clearTimeout(first)
      clearInterval(every)
      await pending
      return { route, ...summarize(latencies), bytes, failures }
    }
  }

  return async function stop(): Promise<RouteFigures[]> {
    const figures = await Promise.all(asked.map((end) => end()))
    await agent.close()
    return figures
  }
}
