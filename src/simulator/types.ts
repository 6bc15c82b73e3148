import type { FaultName } from './faults.ts'
import type { Fields, Json } from './json.ts'

/** How a firmware reads a PATCH (AXEOS.md 3.1). */
export type Dialect = 'lenient' | 'strict' | 'pools' | 'nerdqaxe'

/** One `PATCH /api/system` or `PUT/DELETE /api/system/pools/N`: the body received and the values that changed. */
export interface Write {
  at: number
  method: string
  path: string
  body: string
  status: number
  applied: Fields
}

export interface SeenRequest {
  method: string
  url: string
  headers: NodeJS.Dict<string | string[]>
}

/** A virtual miner, as used by tests and the control API. */
export interface Miner {
  /** Lower case with `:`; upper case on the wire. */
  readonly mac: string
  readonly ip: string
  /** `ip:port` */
  readonly address: string
  readonly hostname: string
  /** Name of the capture on which it is based, e.g. `bitaxe-gamma-601-v2.12.2`. */
  readonly profile: string
  readonly version: string
  readonly dialect: Dialect
  /** HTTP requests received, upgrades included. */
  readonly requests: number
  readonly infoRequests: number
  readonly writes: readonly Write[]
  /** Open `/api/ws` sockets. */
  readonly logClients: number
  /** Open TCP connections. */
  readonly connections: number
  readonly faults: readonly FaultName[]
  /** Called for each request before it is answered. */
  onRequest: ((request: SeenRequest) => void) | undefined
  /** Starts a fault. @throws RangeError for an unknown name or a wrong parameter */
  fault(name: FaultName, params?: Fields): void
  clearFaults(name?: FaultName): void
  /** Drops all connections, refuses new ones during the boot time (ms; default from the options), then starts a new session. */
  reboot(bootTimeMs?: number): void
  rename(hostname: string): void
  /** Sets raw fields of the info answer; `undefined` removes a field from the wire. */
  override(fields: Record<string, Json | undefined>): void
  /** Answers with the MAC of another miner, as a lying one does; null ends it. */
  claimMac(mac: string | null): void
  powerOff(): void
  /** Starts immediately, with `uptimeSeconds` near 0. */
  powerOn(): void
  /** Moves to another loopback address; swaps addresses when another miner has it. */
  move(ip: string): void
  /** The info answer without faults in transport. */
  info(): Fields
  /** Pool and Wi-Fi passwords by settings key; `pools.0` is the first pool slot (AXEOS.md 3.4). */
  secrets(): Record<string, string>
}

export interface DiscoveryOptions {
  /** Delay of each answer, ms. */
  delayMs: number
  /** Whether every request is answered with 500. */
  down: boolean
  /** Whether a search by `ip` is answered with `mac: "unknown"`. */
  unknownMac: boolean
}

export interface SimulatorOptions {
  devices: number
  /** Port of the miners; 0 selects a free one. */
  port: number
  /** Port of the control API on 127.0.0.1; 0 selects a free one, null disables it. */
  controlPort: number | null
  /** First address, within 127.0.0.0/8. */
  firstAddress: string
  /** Only captures whose names contain one of these texts are used; all when the list is empty. */
  profiles: string[]
  seed: number
  /** Response time, ms. */
  latencyMs: number
  /** Time without service after a restart, ms: a number, or a range from which each miner has its own value. */
  bootTimeMs: number | [number, number]
  /** Pause between the answer to a restart and the reboot, ms. */
  restartDelayMs: number
  /** Log lines per second of each miner with log clients. */
  logLinesPerSecond: number
  /** File for a table in the format of /proc/net/arp. */
  arpTableFile: string | null
  /** Host names, cycled over the fleet; when empty, a mix that is mostly `bitaxe`. */
  hostnames: string[]
  /** Whether miners with firmware v2.15 or later are advertised by mDNS on the loopback interface. */
  mdns: boolean
  /** UDP port of mDNS. */
  mdnsPort: number
  /** The code that NerdQAxe miners accept in `X-TOTP`; null disables one-time passwords. */
  otpCode: string | null
  /** Whether firmware without an access check shows its Wi-Fi password in the info answer (AXEOS.md 2.2). */
  leakWifiPass: boolean
  discovery: DiscoveryOptions
}

/** Times between consecutive `GET /api/system/info` of the same miner, ms; null with fewer than two requests. */
export interface IntervalStats {
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
  max: number | null
  /** Polls that were due every `intervalMs` and did not arrive. */
  missed: number
}

export interface MinerCounters {
  mac: string
  ip: string
  requests: number
  infoRequests: number
  writes: number
  connections: number
  logClients: number
  intervals: IntervalStats
}

export interface Counters {
  sinceMs: number
  requests: number
  infoRequests: number
  writes: number
  connections: number
  logClients: number
  /** Sum of `hashRate` of the reachable miners without a fault, GH/s. */
  healthyHashRate: number
  healthyMiners: number
  intervals: IntervalStats
  miners: MinerCounters[]
}

export interface Simulator {
  readonly port: number
  readonly controlUrl: string | null
  /** Base URL of the simulated discovery service, for `DISCOVERY_SERVICE_HOST`; the same server as the control API. */
  readonly discoveryUrl: string | null
  readonly miners: readonly Miner[]
  /** Value for `DISCOVERY_NETWORKS`: comma-separated `CIDR:port`. */
  readonly networks: string
  /** Finds a miner by MAC (any case, `:` or `-`), IP or `ip:port`. @throws RangeError when no miner matches */
  miner(macOrAddress: string): Miner
  /** Swaps the addresses of two miners, as DHCP may; their connections drop. */
  swap(a: string, b: string): void
  /** @param intervalMs expected time between polls, for `missed`; 5000 by default */
  counters(intervalMs?: number): Counters
  resetCounters(): void
  /** Changes the behaviour of the simulated discovery service. */
  setDiscovery(options: Partial<DiscoveryOptions>): void
  close(): Promise<void>
}
