import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { HELP_OPTION } from '../cli/command.ts'
import { parseNumber } from '../cli/values.ts'
import type { SimulatorOptions } from './types.ts'

/** The text of `--help`. */
export const helpText = `Simulates a fleet of Bitaxe-family miners on loopback addresses.

  node src/simulator/main.ts [options]

  --devices N            number of miners (10)
  --port N               port of all miners (8001)
  --control-port N       port of the control API and the discovery service on 127.0.0.1 (8002)
  --first-address IP     address of the first miner, in 127.0.0.0/8 (127.0.1.1)
  --profiles A,B         only captures whose names contain one of these texts
  --hostnames A,B        host names, cycled over the fleet (a mix, mostly bitaxe)
  --seed N               seed of the fleet: MACs, noise, boot times (1)
  --latency MS           response time (20)
  --boot-time MS|MS-MS   time without service after a restart (10000-30000)
  --log-rate N           log lines per second of a miner with log clients (2)
  --arp-table FILE       file for an ARP table in the format of /proc/net/arp (pluto-simulator.arp in the temporary directory)
  --otp CODE             one-time password required by NerdQAxe miners
  --leak-wifi-pass       old firmware shows its Wi-Fi password
  --mdns                 advertise miners with firmware v2.15 or later by mDNS, only on loopback
  --discovery-delay MS   delay of the discovery service's answers (0)
  --discovery-down       the discovery service answers 500
  --discovery-unknown    the discovery service does not know the MAC of a miner found by address
  --help                 print this text
`

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const options = {
  ...{ devices: text, port: text, 'control-port': text, 'first-address': text, profiles: text, hostnames: text },
  ...{ seed: text, latency: text, 'boot-time': text, 'log-rate': text, 'arp-table': text, otp: text },
  ...{ 'leak-wifi-pass': flag, mdns: flag },
  ...{ 'discovery-delay': text, 'discovery-down': flag, 'discovery-unknown': flag },
  ...HELP_OPTION
} as const

/**
 * Parses the command line. @returns null when it asks for help
 * @throws {UsageError} or the error of `parseArgs`, with a message that names the option
 */
export function readCommandLine(args: string[]): Partial<SimulatorOptions> | null {
  const { values } = parseArgs({ args, options })
  if (values.help) return null
  return {
    devices: parseNumber('devices', values.devices, { fallback: 10 }),
    port: parseNumber('port', values.port, { fallback: 8001 }),
    controlPort: parseNumber('control-port', values['control-port'], { fallback: 8002 }),
    firstAddress: values['first-address'] ?? '127.0.1.1',
    profiles: parseList(values.profiles),
    hostnames: parseList(values.hostnames),
    seed: parseNumber('seed', values.seed, { fallback: 1 }),
    latencyMs: parseNumber('latency', values.latency, { fallback: 20 }),
    bootTimeMs: parseSpan('boot-time', values['boot-time'], [10_000, 30_000]),
    restartDelayMs: 1000,
    logLinesPerSecond: parseNumber('log-rate', values['log-rate'], { fallback: 2 }),
    arpTableFile: values['arp-table'] ?? join(tmpdir(), 'pluto-simulator.arp'),
    otpCode: values.otp ?? null,
    leakWifiPass: values['leak-wifi-pass'],
    mdns: values.mdns,
    discovery: {
      delayMs: parseNumber('discovery-delay', values['discovery-delay'], { fallback: 0 }),
      down: values['discovery-down'],
      unknownMac: values['discovery-unknown']
    }
  }
}

/** Parses a number, or two as `least-most`. */
function parseSpan(name: string, text: string | undefined, fallback: [number, number]): number | [number, number] {
  if (text === undefined) return fallback
  const [least, most] = text.split('-')
  const first = parseNumber(name, least, { fallback: 0 })
  return most === undefined ? first : [first, parseNumber(name, most, { fallback: 0 })]
}

const parseList = (text: string | undefined): string[] => text?.split(',').filter(Boolean) ?? []
