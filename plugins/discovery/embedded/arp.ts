import { readFile } from 'node:fs/promises'
import { codeOf } from '../../../src/errors/code-of.ts'
import { normalizeMac } from '../../../src/mac.ts'
import { parseAddress } from '../../../src/network.ts'
import type { Log } from '../types.ts'

/** MAC addresses by IP address. */
export type ArpTable = ReadonlyMap<string, string>

export type Arp = ReturnType<typeof createArp>

/**
 * Parses the kernel's ARP table in the format of `/proc/net/arp`: IP, hardware type, flags, MAC, mask, device. Skips
 * incomplete entries (flags 0x0) and lines that are not entries.
 */
export function parseArpTable(text: string): ArpTable {
  const table = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [ip = '', , flags, mac] = line.trim().split(/\s+/)
    const host = parseAddress(ip)?.host
    const normal = normalizeMac(mac)
    if (host !== undefined && normal !== null && Number(flags) > 0) table.set(host, normal)
  }
  return table
}

/** Creates a reader of the ARP table in `file`. A file that cannot be read counts as empty, and is logged once. */
export function createArp({ file, cacheMs, log }: { file: string; cacheMs: number; log: Log }) {
  let readable = true
  let failure: string | null = null
  let parsed: { text: string; table: ArpTable } = { text: '', table: new Map() }
  let cached: { until: number; table: Promise<ArpTable> } = { until: -Infinity, table: Promise.resolve(new Map()) }

  async function load(): Promise<ArpTable> {
    try {
      const text = await readFile(file, 'utf8')
      readable = true
      failure = null
      // Each poll of a miner that does not report its MAC reads the table, which hardly ever changes.
      if (text !== parsed.text) parsed = { text, table: parseArpTable(text) }
      return parsed.table
    } catch (err) {
      if (readable) log.warn({ err, file }, 'the ARP table cannot be read: set ARP_TABLE_FILE')
      readable = false
      failure = codeOf(err) ?? 'unknown'
      return new Map()
    }
  }

  function read(): Promise<ArpTable> {
    cached = { until: performance.now() + cacheMs, table: load() }
    return cached.table
  }

  /** Returns the table, at most `cacheMs` old. */
  const recent = () => (performance.now() < cached.until ? cached.table : read())

  return {
    /** Reads the current table. */
    read,
    recent,

    /** The code of the error that the last reading failed with; null if it succeeded. */
    get failure() {
      return failure
    },

    /** The MAC of an IP address (`a.b.c.d`), from a table at most `cacheMs` old. */
    async macOf(host: string): Promise<string | null> {
      const table = await recent()
      return table.get(host) ?? null
    }
  }
}
