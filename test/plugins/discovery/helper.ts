import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import Fastify from 'fastify'
import type { Test } from 'tap'
import axeos, { type Axeos } from '../../../plugins/axeos/index.ts'
import bus from '../../../plugins/bus.ts'
import closing from '../../../plugins/closing.ts'
import db from '../../../plugins/db/index.ts'
import type { DiscoveryOptions } from '../../../plugins/discovery/discovery.ts'
import shortages from '../../../plugins/shortages.ts'
import discovery from '../../../plugins/discovery/index.ts'
import type { Config } from '../../../src/config.ts'
import { testConfig } from '../../helper.ts'

const CAPTURE = new URL('../../fixtures/info/bitaxe-gamma-601-v2.12.2.json', import.meta.url)

/** Lets the kernel choose a free port. */
const ANY_PORT = 0

/** Starts discovery with its dependencies. @returns them, and its log lines. Closed when the test ends */
export async function discoveryApp(t: Test, overrides: Partial<Config> = {}, options: DiscoveryOptions = {}) {
  const logs: Record<string, unknown>[] = []
  const stream = { write: (line: string) => void logs.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'info', stream } })
  const place = overrides.DATA_DIR === undefined ? directoryWith(t, '') : {}
  app.decorate(
    'config',
    testConfig(t, { DISCOVERY_NETWORKS: '127.255.0.1/32:9', DISCOVERY_TIMEOUT_MS: 1000, ...place, ...overrides })
  )
  await app.register(closing)
  await app.register(db)
  await app.register(bus)
  await app.register(shortages)
  await app.register(axeos)
  const probes = countProbes(app.axeos)
  await app.register(discovery, options)
  t.teardown(() => app.close())
  return { app, db: app.db, discovery: app.discovery, logs, probes }
}

/** Counts concurrent requests on the client side, because a server learns late that its client has gone. */
function countProbes(axeos: Axeos) {
  const seen = { now: 0, most: 0, total: 0 }
  const { readInfo } = axeos
  axeos.readInfo = async (...request) => {
    seen.total++
    seen.most = Math.max(seen.most, ++seen.now)
    return readInfo(...request).finally(() => seen.now--)
  }
  return seen
}

/** Starts an HTTP server at a loopback address, which records its requests. Closed when the test ends. */
export async function serverAt(t: Test, host: string, answer: RequestListener, port = ANY_PORT) {
  const seen = { requests: [] as string[], address: '', port: 0 }
  const server = createServer((request, response) => {
    seen.requests.push(request.url ?? '')
    answer(request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const bound = server.address()
  seen.port = typeof bound === 'object' && bound ? bound.port : port
  seen.address = `${host}:${seen.port}`
  return seen
}

/** Starts a miner at a loopback address: a capture with some fields replaced (`undefined` removes one). */
export async function minerAt(t: Test, host: string, fields: Record<string, unknown> = {}, port = ANY_PORT) {
  const info = { ...JSON.parse(await readFile(CAPTURE, 'utf8')), ...fields }
  return serverAt(t, host, (_request, response) => void response.end(JSON.stringify(info)), port)
}

/** Starts a discovery service that sends the same response to every request. */
export function serviceAt(t: Test, answer: unknown, status = 200) {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return serverAt(t, '127.0.0.1', (_request, response) => void response.writeHead(status).end(text))
}

/** Formats an ARP table like `/proc/net/arp`. */
export function arpTable(macs: Record<string, string>): string {
  const lines = Object.entries(macs).map(
    ([ip, mac]) => `${ip.padEnd(16)} 0x1         0x2         ${mac}     *        lo`
  )
  return ['IP address       HW type     Flags       HW address            Mask     Device', ...lines, ''].join('\n')
}

/** Creates a directory for the store and an ARP table in it. */
export function directoryWith(t: Test, table: string) {
  const directory = t.testdir({ arp: table })
  return { DATA_DIR: `${directory}/data`, ARP_TABLE_FILE: `${directory}/arp` }
}

export const mac = (n: number) => `bc:dd:c2:00:00:${n.toString(16).padStart(2, '0')}`
