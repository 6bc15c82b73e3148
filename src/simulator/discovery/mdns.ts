import { Bonjour, type Service } from 'bonjour-service'
import type { MinerState } from '../miner/state.ts'

/** Advertised miners; `stop` says goodbye and closes the socket. */
export interface Advertisement {
  stop(): Promise<void>
}

/**
 * Advertises firmware from v2.15.0 on as `_http._tcp` with the subtype `axeos` (AXEOS.md 6), on the loopback interface and nowhere else.
 */
export function advertise(states: readonly MinerState[], port: number, udpPort: number): Advertisement {
  // Bound to all addresses, or multicast would not arrive; joined and sent through loopback only.
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
    // Host names are not unique: the miner appends the end of its MAC upon a conflict.
    host: `${hostname || 'bitaxe'}-${end}.local`,
    txt: {
      board,
      family: profile.model,
      asic: profile.asicModel,
      asic_count: String(profile.asicCount),
      fw_version: profile.firmware.version
    }
  })
  showOwnAddress(service, state)
}

/** bonjour-service announces this host's addresses; a virtual miner has its own. In time, since probing for the name comes first. */
function showOwnAddress(service: Service, state: MinerState): void {
  const records = service.records.bind(service)
  service.records = () => [
    ...records().filter(({ type }) => type !== 'A' && type !== 'AAAA'),
    { name: service.host, type: 'A', ttl: 120, data: state.ip }
  ]
}
