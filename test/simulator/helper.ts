import type { Test } from 'tap'
import { Agent, request } from 'undici'
import { startSimulator } from '../../src/simulator/simulator.ts'
import type { Miner, Simulator, SimulatorOptions } from '../../src/simulator/types.ts'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** Starts a fleet that is closed at the end of the test. */
export async function fleetOf(t: Test, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator(options)
  t.teardown(() => simulator.close())
  return simulator
}

/** Starts a fleet of one miner, from the capture whose name contains `profile`. */
export async function minerOf(t: Test, profile: string, options: Partial<SimulatorOptions> = {}): Promise<Miner> {
  const { miners } = await fleetOf(t, { devices: 1, profiles: [profile], ...options })
  const [miner] = miners
  if (!miner) throw new Error('the fleet is empty')
  return miner
}

/** Sends one request on its own connection. */
export async function ask(
  miner: { address: string },
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {}
): Promise<Answer> {
  const dispatcher = new Agent({ connections: 1 })
  try {
    const content = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await request(`http://${miner.address}${path}`, { method, headers, body: content, dispatcher })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  } finally {
    await dispatcher.destroy()
  }
}

/** Reads the info answer of a miner over HTTP. */
export async function infoOf(miner: { address: string }): Promise<Record<string, unknown>> {
  return JSON.parse((await ask(miner, 'GET', '/api/system/info')).text)
}

/** Sends a PATCH and returns the status. */
export async function patch(miner: { address: string }, body: unknown): Promise<number> {
  return (await ask(miner, 'PATCH', '/api/system', { body })).status
}

/** Waits until `condition` returns a truthy value. @throws with the sentence when it does not */
export async function until<T>(sentence: string, condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${sentence}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
