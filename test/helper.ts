import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp, type PluginOptions } from '../src/app.ts'
import { loadConfig, type Config } from '../src/config.ts'
import { startSimulator } from '../src/simulator/simulator.ts'
import type { Simulator, SimulatorOptions } from '../src/simulator/types.ts'
import { watchAnswers } from './support/answers.ts'

/** Settings for tests: silent, quick, and only on loopback. */
export function testConfig(t: Test, overrides: Partial<Config> = {}): Config {
  const defaults = loadConfig({
    LOG_LEVEL: 'silent',
    PORT: '0',
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_MDNS: 'false'
  })
  const quick = { POLL_INTERVAL_MS: 250, POLL_TIMEOUT_MS: 2000, DISCOVERY_TIMEOUT_MS: 1500, TELEMETRY_FLUSH_MS: 200 }
  const DATA_DIR = overrides.DATA_DIR ?? temporaryDirectory(t)
  return { ...defaults, ...quick, ARP_TABLE_FILE: `${DATA_DIR}/no-arp-table`, ...overrides, DATA_DIR }
}

function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-test-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Builds the backend in this process; it is closed at the end of the test. Every answer must match its documented schema. */
export async function build(t: Test, overrides: Partial<Config> = {}, plugins: PluginOptions = {}) {
  const app = await buildApp(testConfig(t, overrides), { schemas: 'lazy', ...plugins })
  watchAnswers(t, app)
  t.teardown(() => app.close())
  return app
}

/** Builds the backend and listens on a free port of loopback. */
export async function serve(t: Test, overrides: Partial<Config> = {}, plugins: PluginOptions = {}) {
  const app = await build(t, overrides, plugins)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, url }
}

/** Starts a fleet of simulated miners; it is closed at the end of the test. */
export async function simulate(t: Test, options: Partial<SimulatorOptions> = {}) {
  const fleet = await startSimulator(options)
  t.teardown(() => fleet.close())
  return fleet
}

/**
 * Waits until `condition` returns a truthy value, and returns it. The pauses grow, because some conditions query a database.
 * @throws with the sentence after `limitMs`
 */
export async function until<T>(
  sentence: string,
  condition: () => T | Promise<T>,
  limitMs = 60_000
): Promise<NonNullable<T>> {
  const deadline = Date.now() + limitMs
  for (let pauseMs = 5; ; pauseMs = Math.min(50, pauseMs + 5)) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${sentence}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** Settings with which the embedded discovery finds every miner of a fleet. */
export function reach(fleet: Simulator): Partial<Config> {
  return { DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(',') }
}

/** Starts a backend that has discovered and imprinted a whole fleet, and monitors it unless `AUTO_LISTEN` is off. */
export async function watchFleet(
  t: Test,
  options: Partial<SimulatorOptions> = {},
  overrides: Partial<Config> | ((fleet: Simulator) => Partial<Config>) = {},
  plugins: PluginOptions = {}
) {
  const fleet = await simulate(t, { profiles: ['gamma-601-v2.1'], ...options })
  const settings = { ...reach(fleet), ...(typeof overrides === 'function' ? overrides(fleet) : overrides) }
  const { app, url } = await serve(t, settings, plugins)
  const known = fleet.miners.filter((miner) => 'macAddr' in miner.info())
  await until('every miner that reports its MAC is discovered', async () => {
    await app.discovery.discover({})
    return known.every(({ mac }) => app.db.discovered.has(mac))
  })
  await app.devices.imprint(fleet.miners.map((miner) => miner.mac))
  if (app.config.AUTO_LISTEN)
    await until('every miner is online', () => stateOf(app).every((state) => state === 'online'))
  return { app, url, fleet }
}

/** The states of all imprinted devices. */
export function stateOf(app: FastifyInstance): (string | undefined)[] {
  return app.devices.list().map((device) => device.state)
}
