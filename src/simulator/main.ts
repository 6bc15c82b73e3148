import { runCommand, UsageError } from '../cli/command.ts'
import { hasCode } from '../errors/code-of.ts'
import { helpText, readCommandLine } from './command-line.ts'
import { startSimulator } from './simulator.ts'
import type { Simulator, SimulatorOptions } from './types.ts'

await runCommand({
  help: helpText,
  parse: readCommandLine,
  async run(options) {
    const simulator = await startSimulator(options).catch((error: unknown) => {
      throw error instanceof RangeError ? new UsageError(error.message) : error
    })
    process.stdout.write(formatAnnouncement(simulator, options))
    // npm sends the signal of the terminal once more: with `once` the second one would end the process.
    let closing: Promise<void> | undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (closing ??= simulator.close()))
  },
  explain
})

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

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (hasCode(error, 'EADDRINUSE')) return `the port is in use: ${error.message}`
  return error.message.split('\n')[0] ?? error.message
}
