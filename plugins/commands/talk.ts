import type { FastifyInstance } from 'fastify'
import { IdentityUnconfirmedError } from '../../src/errors/commands.ts'
import { MinerMismatchError } from '../../src/errors/miners.ts'
import type { Address } from '../../src/network.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'deviceHub' | 'discovery'>

/** A miner that was just found to be who it should be, at the moment when it is spoken to. */
export interface Talk {
  readonly address: Address
  readonly signal: AbortSignal
  readonly reading: Reading
  readonly options: AsicOptions
}

/** Makes the one way in which commands reach a miner: its turn is waited for, and its identity confirmed before. */
export function createTalk({ axeos, deviceHub, discovery }: Parts) {
  /** @throws {MinerMismatchError} another miner answers there @throws {IdentityUnconfirmedError} it does not say who it is */
  async function confirm(mac: string, address: Address, signal: AbortSignal): Promise<Reading> {
    const reading = await axeos.readInfo(address, { signal })
    const met = reading.mac ?? (await discovery.macOf(address.host))
    if (met === null) throw new IdentityUnconfirmedError(address.text, mac)
    if (met === mac) return reading
    deviceHub.sighted(mac, met)
    throw new MinerMismatchError(address.text, met, mac)
  }

  /**
   * Runs `task` with the miner while nobody else speaks with it.
   * @throws {DeviceNotFoundError} and whatever keeps the miner from answering as itself
   */
  return function talk<T>(mac: string, task: (talk: Talk) => Promise<T>): Promise<T> {
    return deviceHub.converse(mac, async (address, signal) => {
      const reading = await confirm(mac, address, signal)
      const options = deviceHub.get(mac)?.asicOptions ?? (await axeos.readAsicOptions(address, reading, { signal }))
      return task({ address, signal, reading, options })
    })
  }
}
