import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { startSimulator } from './simulator/simulator.ts'
import { explainStartFailure } from './cli/start-failure.ts'

const HELP = `Runs the backend with a simulated fleet, everything on loopback and nothing kept.

Usage: npm run demo -- [--devices 10]

Settings of the backend are environment variables as always: PORT=8080 npm run demo
`

async function demo(devices: number) {
  const directory = await mkdtemp(join(tmpdir(), 'pluto-demo-'))
  const arpTableFile = join(directory, 'arp')
  const fleet = await startSimulator({ devices, controlPort: 0, arpTableFile, bootTimeMs: [10_000, 20_000] })
  const defaults = { LOG_LEVEL: 'warn', DATA_DIR: join(directory, 'data') }
  const wired = {
    DISCOVERY_NETWORKS: fleet.networks,
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_MDNS: 'false',
    ARP_TABLE_FILE: arpTableFile
  }
  const config = loadConfig({ ...defaults, ...process.env, ...wired })
  const app = await buildApp(config)
  closeWithGrace({ logger: app.log }, async () => {
    await app.close()
    await fleet.close()
    await rm(directory, { recursive: true, force: true })
  })
  const url = await app.listen({ port: config.PORT, host: config.HOST })
  process.stdout.write(guide(url, fleet.miners.length, fleet.networks, fleet.controlUrl ?? ''))
}

function guide(url: string, count: number, networks: string, controlUrl: string): string {
  return `
Pluto backend    ${url}
  discover       ${url}/devices/discover
  imprinted      ${url}/devices/imprint
  metrics        ${url}/metrics
  readiness      ${url}/readyz
Simulated fleet  ${count} miners in ${networks}
  control        ${controlUrl}

Next: imprint what discovery finds, and watch it:
  curl -s ${url}/devices/discover | jq '{macs: map(.mac)}' > fleet.json
  curl -s -X PUT ${url}/devices/imprint -H 'content-type: application/json' -d @fleet.json | jq '.data | length'
  curl -s ${url}/devices/imprint | jq -r '.data[] | [.mac, .ip, .state] | @tsv'

Ctrl+C stops both.
`
}

try {
  const { values } = parseArgs({ options: { devices: { type: 'string', default: '10' }, help: { type: 'boolean' } } })
  if (values.help) process.stdout.write(HELP)
  else await demo(Number(values.devices))
} catch (error) {
  process.stderr.write(`${explainStartFailure(error)}\n`)
  process.exit(1)
}
