import { Agent } from 'undici'
import { serveParent } from './ipc.ts'

export interface BareOptions {
  addresses: string[]
  intervalMs: number
  tickMs: number
}

// The lowest possible cost of polling: each miner once per interval, evenly spread, the answer parsed and dropped.
serveParent({
  poll({ addresses, intervalMs, tickMs }: BareOptions): void {
    const keepAliveTimeout = intervalMs + 4000
    // As in the backend: one connection to each miner, kept from one poll to the next.
    const agent = new Agent({ connections: 1, pipelining: 1, keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout })
    const startedAt = performance.now()
    let released = 0
    setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / intervalMs) * addresses.length)
      // Polls missed while the process was paused are not made up for.
      if (due - released > addresses.length) released = due
      while (released < due) void poll(agent, addresses[released++ % addresses.length] ?? '')
    }, tickMs)
  }
})

async function poll(agent: Agent, address: string): Promise<void> {
  try {
    const { body } = await agent.request({ origin: `http://${address}`, path: '/api/system/info', method: 'GET' })
    await body.json()
  } catch {
    // The simulator counts a failed poll like any other.
  }
}
