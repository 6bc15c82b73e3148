import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import type { Backend } from './processes/backend.ts'

const AT_ONCE = 500
const SEARCHES = 5
const CHECK_EVERY_MS = 100

/** Has the backend discover and imprint these miners, and waits until all of them are online. */
export async function imprintAll(backend: Backend, macs: string[], intervalMs: number): Promise<void> {
  await discover(backend, macs)
  for (let i = 0; i < macs.length; i += AT_ONCE) {
    await call(`${backend.url}/devices/imprint`, { macs: macs.slice(i, i + AT_ONCE) })
  }
  await allOnline(backend, macs.length, intervalMs)
}

/** Searches several times, because a probe may time out on a busy machine. */
async function discover({ url }: Backend, macs: string[]): Promise<void> {
  const found = new Set<string>()
  for (let search = 0; search < SEARCHES; search++) {
    const rows = (await call(`${url}/devices/discover`)) as { mac: string }[]
    for (const { mac } of rows) found.add(mac)
    if (macs.every((mac) => found.has(mac))) return
  }
  throw new Error(`discovery found ${found.size} of ${macs.length} miners in ${SEARCHES} searches`)
}

/** Waits until `count` devices are online. @throws when they are not after ten intervals and half a minute */
async function allOnline({ url }: Backend, count: number, intervalMs: number): Promise<void> {
  const deadline = performance.now() + 10 * intervalMs + 30_000
  for (;;) {
    const { hub } = (await call(`${url}/readyz`)) as { hub: { online: number } }
    if (hub.online >= count) return
    if (performance.now() > deadline) throw new Error(`only ${hub.online} of ${count} devices came online`)
    await sleep(CHECK_EVERY_MS)
  }
}

async function call(url: string, body?: unknown): Promise<unknown> {
  const answer = await request(
    url,
    body === undefined
      ? { method: 'GET' }
      : { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  )
  if (answer.statusCode === 200) return answer.body.json()
  throw new Error(`${url} answered ${answer.statusCode}: ${(await answer.body.text()).slice(0, 300)}`)
}
