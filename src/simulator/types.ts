import type { FaultName } from './faults.ts'

export type Json = null | boolean | number | string | Json[] | Fields
export interface Fields {
  [key: string]: Json
}
/** The PATCH dialects of AXEOS.md 3.1: trusting, strict, strict with pools, NerdQAxe. */
export type Dialect = 'A' | 'B' | 'C' | 'N'

/** One `PATCH /api/system` or `PUT/DELETE /api/system/pools/N`: the text that came and the keys that changed. */
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

/** A virtual miner as tests and the control API see it. */
export interface Miner {
  /** Lower case with `:`; upper case on the wire. */
  readonly mac: string
  readonly ip: string
  /** `ip:port` */
  readonly address: string
  readonly hostname: string
  /** Name of the capture it is made from, e.g. `bitaxe-gamma-601-v2.12.2`. */
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
  /** Starts a fault; throws RangeError on an unknown name or a wrong parameter. */
  fault(name: FaultName, params?: Fields): void
  clearFaults(name?: FaultName): void
  /** Drops all connections, refuses new ones for the boot time (ms; default from the options), then starts from zero. */
  reboot(bootTimeMs?: number): void
  rename(hostname: string): void
  /** Sets raw fields of the info answer; `undefined` removes a field from the wire. */
  override(fields: Record<string, Json | undefined>): void
  powerOff(): void
  /** Starts at once, with `uptimeSeconds` near 0. */
  powerOn(): void
  /** Takes another loopback address; exchanges the two when it is another miner's. */
  move(ip: string): void
  /** The truth as `GET /api/system/info` would give it. */
  info(): Fields
  /** Pool and Wi-Fi passwords by settings key (`pools.0` for the pool slots of AXEOS.md 3.4). */
  secrets(): Record<string, string>
}

export interface DiscoveryOptions {
  /** Delay of each answer, ms. */
  delayMs: number
  /** Answers 500 to everything. */
  down: boolean
  /** Answers `mac: "unknown"` when asked by `ip`. */
  unknownMac: boolean
}

export interface SimulatorOptions {
  devices: number
  /** Port of the miners; 0 takes a free one. */
  port: number
  /** Port of the control API on 127.0.0.1; 0 takes a free one, null leaves it out. */
  controlPort: number | null
  /** First address, within 127.0.0.0/8. */
  firstAddress: string
  /** Parts of capture names; a capture that contains one of them is used. Empty: all. */
  profiles: string[]
  seed: number
  /** Time each answer takes, ms. */
  latencyMs: number
  /** Silence after a restart, ms; a number, or a range of which each miner takes its own value. */
  bootTimeMs: number | [number, number]
  /** Pause between a restart's answer and the reboot, ms. */
  restartDelayMs: number
  /** Log lines per second and miner while somebody listens. */
  logLinesPerSecond: number
  /** Where to keep a table in the format of /proc/net/arp. */
  arpTableFile: string | null
  /** Host names, cycled over the fleet. Empty: a mix that is mostly `bitaxe`. */
  hostnames: string[]
  /** Advertises firmware from v2.15 on over mDNS on the loopback interface. */
  mdns: boolean
  /** UDP port of mDNS. */
  mdnsPort: number
  /** The code NerdQAxe miners accept in `X-TOTP`; null: one-time passwords are off. */
  otpCode: string | null
  /** Whether firmware without an access check tells its Wi-Fi password in the info answer (AXEOS.md 2.2). */
  leakWifiPass: boolean
  discovery: DiscoveryOptions
}

/** Times between two `GET /api/system/info` of the same miner, ms; null without two requests. */
export interface IntervalStats {
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
  max: number | null
  /** Polls that should have come by `intervalMs` and did not. */
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
  /** Sum of `hashRate` of the miners that run without a fault, GH/s. */
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
  /** By MAC (any case, `:` or `-`), IP or `ip:port`; throws RangeError when there is none. */
  miner(macOrAddress: string): Miner
  /** Exchanges the addresses of two miners, as DHCP may; their connections drop. */
  swap(a: string, b: string): void
  /** @param intervalMs expected time between polls, for `missed`; 5000 by default. */
  counters(intervalMs?: number): Counters
  resetCounters(): void
  /** Changes how the simulated discovery service behaves. */
  setDiscovery(options: Partial<DiscoveryOptions>): void
  close(): Promise<void>
}
