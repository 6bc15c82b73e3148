import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import type { Miner, SimulatorOptions } from '../../../src/simulator/types.ts'
import type { DryRun, Operation, OperationDetail } from '../../../schemas/operation.ts'
import { until, watchFleet } from '../../helper.ts'

/** A backend that knows a fleet but does not poll it, so that only operations reach the miners. */
export async function quietFleet(t: Test, options: Partial<SimulatorOptions>, overrides: Partial<Config> = {}) {
  const arpTableFile = `${t.testdir()}/arp`
  const config = {
    AUTO_LISTEN: false,
    POLL_TIMEOUT_MS: 3000,
    DISCOVERY_TIMEOUT_MS: 3000,
    ARP_TABLE_FILE: arpTableFile,
    ...overrides
  }
  const { app, url, fleet } = await watchFleet(t, { arpTableFile, profiles: [], ...options }, config)
  const miners = [...fleet.miners].sort((a, b) => (a.mac < b.mac ? -1 : 1))
  return { app, url, fleet, miners, macs: miners.map((miner) => miner.mac) }
}

/** Sends `POST /devices/bulk`. */
export async function bulk(app: FastifyInstance, payload: object, headers: Record<string, string> = {}) {
  const answer = await app.inject({ method: 'POST', url: '/devices/bulk', payload, headers })
  return { status: answer.statusCode, location: answer.headers.location, ...answer.json<Answer>() }
}

interface Answer {
  message: string
  code?: string
  data: Operation & DryRun
  details?: { path: string; message: string }[]
}

/** An operation with its devices, as clients see it. */
export async function look(app: FastifyInstance, id: string): Promise<OperationDetail> {
  return (await app.inject(`/operations/${id}`)).json<{ data: OperationDetail }>().data
}

/** Waits for the end of an operation. */
export async function ended(app: FastifyInstance, id: string): Promise<OperationDetail> {
  return until('the operation has ended', async () => {
    const operation = await look(app, id)
    return operation.finishedAt ? operation : null
  })
}

/** Starts an operation and waits for its end. */
export async function run(app: FastifyInstance, payload: object, headers: Record<string, string> = {}) {
  const { data } = await bulk(app, payload, headers)
  return ended(app, data.id)
}

/** Resolves when a miner is asked for something that begins with `request`, such as `PATCH /api/system`. */
export function askedFor(miner: Miner, request: string): Promise<void> {
  return new Promise((resolve) => {
    miner.onRequest = ({ method, url }) => {
      if (`${method} ${url}`.startsWith(request)) resolve()
    }
  })
}

/** How many devices have each status, without those that none has. */
export function tally({ counts }: Operation): Partial<Operation['counts']> {
  return Object.fromEntries(Object.entries(counts).filter(([, devices]) => devices > 0))
}

export const POOL = { stratumURL: 'pool.fleet.example', stratumPort: 4334, stratumUser: 'bc1planted.{hostname}' }

/** Creates a preset. @returns its uuid */
export async function preset(app: FastifyInstance, configuration: object = {}): Promise<string> {
  const payload = { name: 'fleet', configuration: { ...POOL, ...configuration } }
  return (await app.inject({ method: 'POST', url: '/presets', payload })).json<{ data: { uuid: string } }>().data.uuid
}
