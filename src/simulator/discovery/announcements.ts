import { renameSync, writeFileSync } from 'node:fs'
import { Bonjour, type Service } from 'bonjour-service'
import type { MinerState } from '../miner/state.ts'

/** A running mDNS advertisement; `stop` sends goodbye packets and closes the socket. */
interface Advertisement {
  stop(): Promise<void>
}

/**
 * Advertises miners with firmware v2.15.0 or later as `_http._tcp` with the subtype `axeos` (AXEOS.md 6), only on the loopback
 * interface.
 */
export function advertise(states: readonly MinerState[], port: number, udpPort: number): Advertisement {
  // The socket must be bound to all addresses to receive multicast; it joins and sends on loopback only.
  const options = { interface: '127.0.0.1', bind: '0.0.0.0', port: udpPort }
  const bonjour = new Bonjour(options, () => undefined)
  for (const state of states) if (state.profile.firmware.since('2.15.0', null)) publish(bonjour, state, port)
  return {
    stop: () =>
      new Promise((resolve) => {
        bonjour.unpublishAll(() => bonjour.destroy(() => resolve()))
      })
  }
}

function publish(bonjour: Bonjour, state: MinerState, port: number): void {
  const { profile, mac, hostname } = state
  const board = String(profile.info['boardVersion'])
  const end = mac.slice(-5).replace(':', '')
  const service = bonjour.publish({
    name: `Bitaxe ${profile.model} ${board} (${end.toUpperCase()})`,
    type: 'http',
    subtypes: ['axeos'],
    port,
    // Host names are not unique. On a conflict the miner appends the end of its MAC.
    host: `${hostname || 'bitaxe'}-${end}.local`,
    txt: {
      board,
      family: profile.model,
      asic: profile.asicModel,
      asic_count: String(profile.asicCount),
      fw_version: profile.firmware.version
    }
  })
  useOwnAddress(service, state)
}

/**
 * Replaces the addresses of this host, which bonjour-service announces, by the miner's own. This is early enough: the records
 * are read after the probe for the name.
 */
function useOwnAddress(service: Service, state: MinerState): void {
  const records = service.records.bind(service)
  service.records = () => [
    ...records().filter(({ type }) => type !== 'A' && type !== 'AAAA'),
    { name: service.host, type: 'A', ttl: 120, data: state.ip }
  ]
}

/** Writes all miners to a file in the format of /proc/net/arp. The file is replaced atomically, so readers never see part of it. */
export function writeArpTable(file: string, states: readonly MinerState[]): void {
  const head = 'IP address       HW type     Flags       HW address            Mask     Device\n'
  const rows = states.map(({ ip, mac }) => `${ip.padEnd(16)} 0x1         0x2         ${mac}     *        lo\n`)
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, head + rows.join(''))
  renameSync(draft, file)
}
