import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { logWarnings, stopOnSignals } from './lifecycle.ts'
import { listen } from './http/listen.ts'
import { createLogOutput } from './log-output.ts'
import { startSimulator } from './simulator/simulator.ts'
import { HELP_OPTION, runCommand } from './cli/command.ts'
import { parseWhole } from './cli/values.ts'

const help = `Runs the backend with simulated miners on loopback. Nothing is kept afterwards.

  npm run demo -- [options]

  --devices N    number of miners (10)
  --help         print this text

The environment sets the backend, for example: PORT=8080 npm run demo
`

async function startDemo(devices: number) {
  const directory = await mkdtemp(join(tmpdir(), 'pluto-demo-'))
  const arpTableFile = join(directory, 'arp')
  const fleet = await startSimulator({ devices, controlPort: 0, arpTableFile, bootTimeMs: [10_000, 20_000] })
  const defaults = { LOG_LEVEL: 'warn', DATA_DIR: join(directory, 'data') }
  const loopback = {
    DISCOVERY_NETWORKS: fleet.networks,
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_MDNS: 'false',
    ARP_TABLE_FILE: arpTableFile
  }
  const config = loadConfig({ ...defaults, ...process.env, ...loopback })
  const logOutput = createLogOutput(1)
  const app = await buildApp(config, { logOutput })
  logWarnings(() => app.log)
  stopOnSignals(app, logOutput, async () => {
    await fleet.close()
    await rm(directory, { recursive: true, force: true })
  })
  const url = await listen(app, { port: config.PORT, host: config.HOST })
  logOutput.write(guide(url, fleet.miners.length, fleet.networks, fleet.controlUrl ?? ''))
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

Next, imprint the miners that discovery finds, and list them:
  curl -s ${url}/devices/discover | jq '{macs: map(.mac)}' > fleet.json
  curl -s -X PUT ${url}/devices/imprint -H 'content-type: application/json' -d @fleet.json | jq '.data | length'
  curl -s ${url}/devices/imprint | jq -r '.data[] | [.mac, .ip, .state] | @tsv'

Ctrl+C stops both.
`
}

await runCommand({
  help,
  parse(args) {
    const { values } = parseArgs({ args, options: { devices: { type: 'string' }, ...HELP_OPTION } })
    return values.help ? null : parseWhole('devices', values.devices, { fallback: 10, min: 1, max: 20_000 })
  },
  run: startDemo
})
