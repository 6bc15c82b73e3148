import type { Simulator } from '../../../src/simulator/types.ts'
import type { Client } from '../client.ts'
import { Tally, type Context } from '../part.ts'
import { createRandom } from '../random.ts'
import { imprintAll } from '../environment.ts'
import { checkOperations, compare, read } from './check.ts'
import { Model } from './model.ts'
import { Writer } from './writer.ts'

const NEWEST_OPERATIONS = 30

/** Several writers on one fleet, each with its own devices, and the model of the acknowledged state. */
export class WriterPool {
  readonly seen = new Tally()
  readonly #model = new Model()
  readonly #writers: Writer[]
  readonly #macs: string[]

  /** @param share number of devices of each writer; the same number is reserved for operations */
  constructor({ seed, watch }: Context, fleet: Simulator, share: number) {
    this.#macs = fleet.miners.map(({ mac }) => mac)
    const bulkMacs = this.#macs.slice(0, share)
    const random = createRandom(seed)
    const count = Math.floor(this.#macs.length / share) - 1
    this.#writers = Array.from({ length: count }, (_, i) => {
      const macs = this.#macs.slice((i + 1) * share, (i + 2) * share)
      return new Writer({ model: this.#model, random: random.fork(i), watch, macs, bulkMacs, seen: this.seen })
    })
  }

  get writers(): number {
    return this.#writers.length
  }

  /** Writes that were acknowledged so far. */
  get acknowledged(): number {
    return this.seen.of(200) + this.seen.of(202)
  }

  /** Imprints the fleet and initializes the model. */
  async begin(client: Client): Promise<void> {
    await imprintAll(client, this.#macs)
    const { devices } = await read(client)
    for (const { parts } of this.#writers) {
      for (const mac of parts.macs) this.#model.devices.set(mac, [devices.get(mac) ?? null])
    }
  }

  /** Runs all writers until `isOver`, or until an answer is missing. */
  async write(client: Client, isOver: () => boolean): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.run(client, isOver)))
  }

  /** Compares the running backend with the model. @returns the problems */
  async checkLive(client: Client): Promise<string[]> {
    return this.#compare(await read(client))
  }

  /** Compares the backend with the model after a start, when no operation may be running. */
  async checkStarted(client: Client): Promise<string[]> {
    const problems = await checkOperations(client, this.#model, NEWEST_OPERATIONS)
    return [...problems, ...(await this.checkLive(client))]
  }

  #compare(snapshot: Awaited<ReturnType<typeof read>>): string[] {
    const problems = compare(this.#model, snapshot)
    const uuids = [...snapshot.presets.keys()]
    for (const [i, writer] of this.#writers.entries())
      writer.ownPresets(uuids.filter((_, n) => n % this.#writers.length === i))
    return problems
  }
}
