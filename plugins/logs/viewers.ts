import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import { TooManyViewersError } from '../../src/errors/limits.ts'
import type { LogEntry, LogFilter } from '../../schemas/log.ts'
import type { Channel } from './channel.ts'
import { createFilter } from './filter.ts'
import type { createHolds } from './subscriptions.ts'
import { Viewer, type ViewerLimits } from './viewer.ts'

export interface View {
  /** Canonical MACs; null: every monitored device. */
  macs: string[] | null
  filter: LogFilter
  /** Last `seq` known of a device. Unset: only new lines. */
  after: ReadonlyMap<string, number>
}

interface Parts {
  channelOf(mac: string): Channel
  forEach: ReturnType<typeof createHolds>['forEach']
  limits: ViewerLimits
  pingMs: number
}

/** Makes the ways to read logs: as a stream, and as they are kept. */
export function createViews(app: FastifyInstance, { channelOf, forEach, limits, pingMs }: Parts) {
  const viewers = new Set<Viewer>()
  const heart = setInterval(() => viewers.forEach((viewer) => viewer.beat()), pingMs)
  app.addHook('onClose', async () => clearInterval(heart))

  function admit(): void {
    const max = app.config.MAX_LOG_VIEWERS
    if (viewers.size >= max) throw new TooManyViewersError(max)
  }

  return {
    /** Tells whether there is room for one viewer more. @throws {TooManyViewersError} */
    admit,

    /** Sends logs to a WebSocket until it is closed. @throws {DeviceNotFoundError | TooManyViewersError} before anything is sent */
    view(socket: WebSocket, { macs, filter, after }: View): void {
      admit()
      const channels = macs?.map(channelOf)
      const viewer = new Viewer(socket, { matches: createFilter(filter), limits, endsWithLast: macs !== null })
      viewers.add(viewer)
      socket.on('close', () => viewers.delete(viewer))
      const join = (channel: Channel) => viewer.join(channel, after.get(channel.mac))
      if (channels) channels.forEach(join)
      else socket.on('close', forEach(join))
    },

    /**
     * Gives the kept lines of a device, oldest first: the first `limit` after a number, else the last `limit`.
     * @throws {DeviceNotFoundError}
     */
    read(mac: string, { limit, after, filter }: { limit: number; after?: number; filter: LogFilter }): LogEntry[] {
      const entries = [...channelOf(mac).ring.after(after ?? 0)].filter(createFilter(filter))
      return after === undefined ? entries.slice(-limit) : entries.slice(0, limit)
    },

    stop: (): void => viewers.forEach((viewer) => viewer.stop())
  }
}
