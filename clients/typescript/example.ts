import { parseArgs } from 'node:util'
import { createPlutoClient, PlutoError, PlutoUnreachableError, unwrap, type Schemas } from './src/index.ts'

const HELP = `Discovers miners, imprints all of them, and prints the fleet as a table.

Usage: npm run client:example -- [--url http://localhost:3000] [--token …] [--list]

  --url    URL of the backend
  --token  bearer token, if the backend requires one
  --list   only print the imprinted miners; discover and imprint nothing
`

const columns: Record<string, (device: Schemas['DeviceItem']) => string> = {
  MAC: ({ mac }) => mac,
  Address: ({ ip }) => ip ?? '',
  Name: (device) => infoOf(device, 'hostname'),
  Type: ({ type }) => type ?? '',
  Firmware: (device) => infoOf(device, 'version'),
  State: ({ state }) => state ?? '',
  'GH/s': (device) => infoOf(device, 'hashRate'),
  '°C': (device) => infoOf(device, 'temp')
}

/** A field of the miner's own answer, which the backend passes on unchanged. Control characters are removed, because a terminal would obey them. */
function infoOf({ info }: Schemas['DeviceItem'], field: string): string {
  const value = Object.entries(info ?? {}).find(([name]) => name === field)?.[1]
  return typeof value === 'number' ? value.toFixed(1) : String(value ?? '').replace(/\p{Cc}/gu, ' ')
}

function toTable(devices: Schemas['DeviceItem'][]): string {
  const rows = [Object.keys(columns), ...devices.map((device) => Object.values(columns).map((show) => show(device)))]
  const widths = Object.keys(columns).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

/** Discovers, imprints and lists miners. */
async function printFleet(baseUrl: string, token: string | undefined, list: boolean): Promise<void> {
  const client = createPlutoClient({ baseUrl, ...(token !== undefined && { token }) })
  if (!list) {
    const found = await unwrap(client.GET('/devices/discover'))
    const macs = found.map(({ mac }) => mac)
    if (macs.length > 0) await unwrap(client.PUT('/devices/imprint', { body: { macs } }))
  }
  const { data } = await unwrap(client.GET('/devices/imprint', { params: { query: { sort: 'ip' } } }))
  console.log(data.length > 0 ? toTable(data) : 'No miner is imprinted')
}

try {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://localhost:3000' },
      token: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) console.log(HELP)
  else await printFleet(values.url, values.token, values.list)
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}

function explain(error: unknown): string {
  if (error instanceof PlutoUnreachableError)
    return `${error.message}. Start one with npm run demo, or set another --url`
  if (error instanceof PlutoError && error.status === 401) return `${error.message}. Set --token`
  return error instanceof Error ? `${error.message}\n\n${HELP}` : String(error)
}
