import type { Address } from '../../../src/network.ts'
import type { AsicOptions, Reading } from '../../../schemas/telemetry.ts'
import type { Client, RequestOptions } from '../wire/client.ts'
import type { Answer } from '../wire/exchange.ts'
import { parseInfo } from './answers.ts'
import { hasAsicRoute, optionsFromTable, parseAsicOptions } from './asic-options.ts'

/** Creates the requests that read a miner. `toReading` converts its answer. */
export function createReaders(client: Client, toReading: (info: Reading['info']) => Reading) {
  return {
    /**
     * Reads a miner: one `GET /api/system/info`.
     * @throws a named error; each concerns this device only
     */
    async readInfo(address: Address, options?: RequestOptions): Promise<Reading> {
      return client.get(address, '/api/system/info', (answer) => toReading(parseInfo(answer, address)), options)
    },

    /**
     * Reads the frequencies and voltages that a miner's board offers. They come from the table where the firmware has no
     * route for them or the request fails; `source` names their origin (AXEOS.md 1.5, 4).
     * @throws {InvalidAddressError | AddressNotAllowedError} before a connection is opened
     * @throws {PollAbortedError} the signal aborted
     */
    async readAsicOptions(
      address: Address,
      { identity }: Pick<Reading, 'identity'>,
      options?: RequestOptions
    ): Promise<AsicOptions> {
      client.parseAddress(address.text)
      if (!hasAsicRoute(identity)) return optionsFromTable(identity)
      try {
        const parse = (answer: Answer) => parseAsicOptions(answer, identity)
        return await client.get(address, '/api/system/asic', parse, options)
      } catch (error) {
        if (options?.signal?.aborted) throw error
        return optionsFromTable(identity)
      }
    }
  }
}
