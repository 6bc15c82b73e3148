import { io, type Socket } from 'socket.io-client'
import type { Test } from 'tap'
import type { Config } from '../../src/config.ts'
import type { SimulatorOptions } from '../../src/simulator/types.ts'
import { reach, serve, simulate } from '../helper.ts'

/** A device as clients see it. More fields may be present. */
export interface Device {
  mac: string
  ip: string
  type: string
  info: Record<string, unknown>
  presetUuid?: string | null
  tracing?: boolean
  createdAt?: string
  updatedAt?: string
  publicDashboardUrl?: string
}

export interface Preset {
  uuid: string
  name: string
  configuration: Record<string, unknown>
  associatedDevices?: unknown[]
  createdAt?: string
  updatedAt?: string
}

export interface Envelope<T> {
  message: string
  data: T
}

export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
export const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/
export const IP = /^\d+(\.\d+){3}(:\d+)?$/
export const FAILURE = { statusCode: Number, error: String, message: String }

/** Sends a request over a real socket, as a client does. */
export function client(url: string) {
  return async function send<T>(method: string, path: string, body?: unknown) {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(url + path, { method, ...(body !== undefined && json) })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, text, body: (isJson ? JSON.parse(text) : text) as T }
  }
}

/** Starts a backend with an empty store, and a fleet that it can discover. */
export async function start(t: Test, options: Partial<SimulatorOptions> = {}, overrides: Partial<Config> = {}) {
  const fleet = await simulate(t, { profiles: ['gamma-601-v2.15.3'], ...options })
  const { app, url } = await serve(t, { ...reach(fleet), ...overrides })
  return { app, url, fleet, macs: fleet.miners.map((miner) => miner.mac), send: client(url) }
}

/** Starts a backend and imprints a whole fleet as a client does. */
export async function startImprinted(
  t: Test,
  options: Partial<SimulatorOptions> = {},
  overrides: Partial<Config> = {}
) {
  const started = await start(t, options, overrides)
  await started.send('GET', '/devices/discover')
  await started.send('PUT', '/devices/imprint', { macs: started.macs })
  return started
}

/** Connects a Socket.IO client that is closed at the end of the test. */
export function connect(t: Test, url: string, options: Parameters<typeof io>[1] = {}): Socket {
  const socket = io(url, { path: '/socket/io', transports: ['websocket'], forceNew: true, ...options })
  t.teardown(() => void socket.disconnect())
  return socket
}

/** Collects the payloads of one event. */
export function collect<T>(socket: Socket, event: string): T[] {
  const heard: T[] = []
  socket.on(event, (payload: T) => heard.push(payload))
  return heard
}

/** Returns a device as `GET /devices/imprint` lists it. */
export async function listed({ send }: { send: ReturnType<typeof client> }, mac: string | undefined): Promise<Device> {
  const { body } = await send<Envelope<Device[]>>('GET', '/devices/imprint')
  const device = body.data.find((row) => row.mac === mac)
  if (!device) throw new Error(`${mac} is not listed`)
  return device
}
