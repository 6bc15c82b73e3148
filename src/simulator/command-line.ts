import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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
const known = {
  ...{
    devices: text,
    port: text,
    'control-port': text,
    'first-address': text,
    profiles: text,
    hostnames: text,
    seed: text
  },
  ...{
    latency: text,
    'boot-time': text,
    'log-rate': text,
    'arp-table': text,
    otp: text,
    'leak-wifi-pass': flag,
    mdns: flag
  },
  ...{ 'discovery-delay': text, 'discovery-down': flag, 'discovery-unknown': flag, help: flag }
} as const

/** Parses the command line; returns null for `--help`. @throws TypeError or RangeError that names the wrong option */
export function readCommandLine(args: string[]): Partial<SimulatorOptions> | null {
  const { values } = parseArgs({ args, options: known, strict: true })
  if (values.help) return null
  return {
    devices: number('devices', values.devices, 10),
    port: number('port', values.port, 8001),
    controlPort: number('control-port', values['control-port'], 8002),
    firstAddress: values['first-address'] ?? '127.0.1.1',
    profiles: list(values.profiles),
    hostnames: list(values.hostnames),
    seed: number('seed', values.seed, 1),
    latencyMs: number('latency', values.latency, 20),
    bootTimeMs: range('boot-time', values['boot-time'], [10_000, 30_000]),
    restartDelayMs: 1000,
    logLinesPerSecond: number('log-rate', values['log-rate'], 2),
    arpTableFile: values['arp-table'] ?? join(tmpdir(), 'pluto-simulator.arp'),
    otpCode: values.otp ?? null,
    leakWifiPass: values['leak-wifi-pass'],
    mdns: values.mdns,
    discovery: {
      delayMs: number('discovery-delay', values['discovery-delay'], 0),
      down: values['discovery-down'],
      unknownMac: values['discovery-unknown']
    }
  }
}

function number(name: string, given: string | undefined, standard: number): number {
  if (given === undefined) return standard
  if (!/^\d+(\.\d+)?$/.test(given)) throw new RangeError(`--${name} must be a number, got "${given}"`)
  return Number(given)
}

function range(name: string, given: string | undefined, standard: [number, number]): number | [number, number] {
  const [least, most] = given?.split('-') ?? []
  if (least === undefined) return standard
  return most === undefined ? number(name, least, 0) : [number(name, least, 0), number(name, most, 0)]
}

function list(given: string | undefined): string[] {
  return given?.split(',').filter(Boolean) ?? []
}
