import { isFaultName } from '../faults.ts'
import { isFields, type Fields, type Json } from '../json.ts'
import type { Miner, Simulator } from '../types.ts'

/** An error with the status and the text of the answer. */
export class ControlError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A miner as `GET /fleet` lists it. */
export function summaryOf({ mac, ip, address, hostname, profile, version, dialect, faults }: Miner): Fields {
  return { mac, ip, address, hostname, profile, version, dialect, faults: [...faults] }
}

/** Everything about one miner, secrets included: `GET /miners/:mac`. */
export function detailsOf(miner: Miner): Fields {
  const { requests, infoRequests, logClients, connections, writes } = miner
  const traffic = { requests, infoRequests, logClients, connections, writes: writes.map((write) => ({ ...write })) }
  return { ...summaryOf(miner), ...traffic, secrets: miner.secrets(), info: miner.info() }
}

/** `POST /miners/:mac/<action>`, by action. Each answers with the miner's summary. */
export const minerActions: Record<string, (miner: Miner, body: Fields) => void> = {
  faults: (miner, { fault, ...params }) => {
    if (!isFaultName(fault)) throw new ControlError(400, `"fault" must name a fault, got ${JSON.stringify(fault)}`)
    miner.fault(fault, params)
  },
  reboot: (miner, { bootTimeMs }) =>
    miner.reboot(bootTimeMs === undefined ? undefined : requireNumber('bootTimeMs', bootTimeMs)),
  rename: (miner, { hostname }) => miner.rename(requireString('hostname', hostname)),
  power: (miner, { on }) => {
    if (typeof on !== 'boolean') throw new ControlError(400, `"on" must be true or false, got ${JSON.stringify(on)}`)
    if (on) miner.powerOn()
    else miner.powerOff()
  },
  override: (miner, fields) => miner.override(fields),
  claimMac: (miner, { mac }) => miner.claimMac(mac === null ? null : requireString('mac', mac)),
  move: (miner, { ip }) => miner.move(requireString('ip', ip))
}

/** `POST /swap {a, b}`. */
export function swap(simulator: Simulator, { a, b }: Fields): Fields[] {
  const pair = [requireString('a', a), requireString('b', b)] as const
  simulator.swap(...pair)
  return pair.map((key) => summaryOf(simulator.miner(key)))
}

/** `POST /discovery`: changes the behaviour of the simulated discovery service. */
export function setDiscovery(simulator: Simulator, body: Fields): void {
  const kinds: Record<string, string> = { delayMs: 'number', down: 'boolean', unknownMac: 'boolean' }
  for (const [key, value] of Object.entries(body)) {
    if (kinds[key] === undefined)
      throw new ControlError(400, `"${key}" is not an option; the options are ${Object.keys(kinds).join(', ')}`)
    if (typeof value !== kinds[key])
      throw new ControlError(400, `"${key}" must be a ${kinds[key]}, got ${JSON.stringify(value)}`)
  }
  simulator.setDiscovery(body)
}

/** Returns the parsed body of a POST. @throws ControlError (400) when it is not an object */
export function bodyOf(parsed: Json | undefined): Fields {
  if (!isFields(parsed)) throw new ControlError(400, 'the body must be a JSON object')
  return parsed
}

function requireString(field: string, value: Json | undefined): string {
  if (typeof value !== 'string')
    throw new ControlError(400, `"${field}" must be a string, got ${JSON.stringify(value)}`)
  return value
}

function requireNumber(field: string, value: Json | undefined): number {
  if (typeof value !== 'number' || value < 0)
    throw new ControlError(400, `"${field}" must be a number of at least 0, got ${JSON.stringify(value)}`)
  return value
}
