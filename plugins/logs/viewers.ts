import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import { TooManyViewersError } from '../../src/errors/limits.ts'
import { LOG_LEVELS, type LogEntry, type LogFilter } from '../../schemas/log.ts'
import type { Channel } from './channel.ts'
import type { createSubscriptions } from './subscriptions.ts'
import { Viewer, type ViewerLimits } from './viewer.ts'

interface StreamRequest {
  /** Canonical MACs; null: every monitored device. */
  macs: string[] | null
  filter: LogFilter
  /** The last `seq` that the client has of each device. A device without one sends only new lines. */
  after: ReadonlyMap<string, number>
}

interface Parts {
  channelOf(mac: string): Channel
  attachAll: ReturnType<typeof createSubscriptions>['attachAll']
  limits: ViewerLimits
  pingMs: number
}

/** Creates the ways to read logs: as a live stream, and from the buffer. */
export function createViewers(app: FastifyInstance, { channelOf, attachAll, limits, pingMs }: Parts) {
  const viewers = new Set<Viewer>()
  const pings = setInterval(() => viewers.forEach((viewer) => viewer.ping()), pingMs)
  app.addHook('onClose', async () => clearInterval(pings))

  /** @throws {TooManyViewersError} */
  function checkCapacity(): void {
    const max = app.config.MAX_LOG_VIEWERS
    if (viewers.size >= max) throw new TooManyViewersError(max)
  }

  return {
    checkCapacity,

    /** Streams logs to a WebSocket until it closes. @throws {DeviceNotFoundError | TooManyViewersError} before anything is sent */
    stream(socket: WebSocket, { macs, filter, after }: StreamRequest): void {
      checkCapacity()
      const channels = macs?.map(channelOf)
      const onQueued = app.liveClients.queued
      const viewer = new Viewer(socket, {
        matches: createFilter(filter),
        limits,
        onQueued,
        endsWithLast: macs !== null
      })
      viewers.add(viewer)
      socket.on('close', () => viewers.delete(viewer))
      const attach = (channel: Channel) => viewer.attach(channel, after.get(channel.mac))
      if (channels) channels.forEach(attach)
      else socket.on('close', attachAll(attach))
    },

    /**
     * Reads the buffered lines of a device, oldest first: the first `limit` after a number, else the last `limit`.
     * @throws {DeviceNotFoundError}
     */
    read(mac: string, { limit, after, filter }: { limit: number; after?: number; filter: LogFilter }): LogEntry[] {
      const entries = [...channelOf(mac).buffer.after(after ?? 0)].filter(createFilter(filter))
      return after === undefined ? entries.slice(-limit) : entries.slice(0, limit)
    },

    stop: (): void => viewers.forEach((viewer) => viewer.stop())
  }
}

/**
 * Creates the predicate of a filter: `level` and everything more severe (a line without a level counts as info), one of the
 * comma-separated tags, and a case-insensitive part of the line.
 */
function createFilter({ level = 'V', tag, q }: LogFilter): (entry: LogEntry) => boolean {
  const leastSevere = LOG_LEVELS.indexOf(level)
  const tags = tag === undefined ? null : new Set(tag.split(',').map((name) => name.trim()))
  const part = q?.toLowerCase()
  return (entry) =>
    LOG_LEVELS.indexOf(entry.level ?? 'I') <= leastSevere &&
    (tags === null || tags.has(entry.tag ?? '')) &&
    (part === undefined || entry.raw.toLowerCase().includes(part))
}
