import type { Simulator } from '../../../src/simulator/types.ts'
import type { Client } from '../client.ts'
import { Tally, type Context } from '../part.ts'
import { createRandom } from '../random.ts'
import { adopt } from '../environment.ts'
import { checkOperations, compare, read } from './check.ts'
import { Model } from './model.ts'
import { Writer } from './writer.ts'

const NEWEST_OPERATIONS = 30

/** Several writers on one fleet, each with devices of its own, and the model of what they were promised. */
export class Crew {
  readonly seen = new Tally()
  readonly #model = new Model()
  readonly #writers: Writer[]
  readonly #macs: string[]

  /** @param share devices of each writer; as many are there for operations */
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

  /** Imprints the fleet, and takes that as where the model begins. */
  async begin(client: Client): Promise<void> {
    await adopt(client, this.#macs)
    const { devices } = await read(client)
    for (const { parts } of this.#writers) {
      for (const mac of parts.macs) this.#model.devices.set(mac, [devices.get(mac) ?? null])
    }
  }

  /** Lets all write at once until told otherwise, or until answers fail to come. */
  async write(client: Client, isOver: () => boolean): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.run(client, isOver)))
  }

  /** Holds what the running backend tells against what was promised. @returns what is wrong */
  async checkLive(client: Client): Promise<string[]> {
    return this.#compare(await read(client))
  }

  /** The same after a start, when nothing may be under way any more. */
  async checkStarted(client: Client): Promise<string[]> {
    const problems = await checkOperations(client, this.#model, NEWEST_OPERATIONS)
    return [...problems, ...(await this.checkLive(client))]
  }

  #compare(truth: Awaited<ReturnType<typeof read>>): string[] {
    const problems = compare(this.#model, truth)
    const uuids = [...truth.presets.keys()]
    for (const [i, writer] of this.#writers.entries())
      writer.adopt(uuids.filter((_, n) => n % this.#writers.length === i))
    return problems
  }
}
