import { helpText, readCommandLine } from './command-line.ts'
import { startSimulator } from './simulator.ts'
import type { Simulator, SimulatorOptions } from './types.ts'

const usageExit = 2
const failureExit = 1

await main()

async function main(): Promise<void> {
  try {
    const options = readCommandLine(process.argv.slice(2))
    if (options === null) return void process.stdout.write(helpText)
    const simulator = await startSimulator(options)
    process.stdout.write(formatAnnouncement(simulator, options))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`)
    process.exitCode = isUsage(error) ? usageExit : failureExit
  }
}

function formatAnnouncement(
  { miners, networks, controlUrl, port }: Simulator,
  { arpTableFile }: Partial<SimulatorOptions>
): string {
  const first = miners[0]?.address ?? `127.0.1.1:${port}`
  const settings = [
    `DISCOVERY_NETWORKS=${networks}`,
    'DEVICE_NETWORKS=127.0.0.0/8',
    ...(arpTableFile ? [`ARP_TABLE_FILE=${arpTableFile}`] : [])
  ]
  const hint = `Settings for the backend:\n  ${settings.join('\n  ')}\nor, with an external discovery service:\n  DISCOVERY_SERVICE_HOST=${controlUrl}`
  return `${miners.length} miners from http://${first}/api/system/info on\n${hint}\nControl: ${controlUrl}/\n`
}

function isUsage(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof TypeError && 'code' in error)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') return `the port is in use: ${error.message}`
  return error.message.split('\n')[0] ?? error.message
}
