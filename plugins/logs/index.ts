import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { createChannels } from './channels.ts'
import { createHolds } from './subscriptions.ts'
import { defaultTimes, type LogTimes } from './times.ts'
import { defaultLimits, type ViewerLimits } from './viewer.ts'
import { createViews } from './viewers.ts'

/** Takes the place of the plugin's own constants. */
export interface LogsOptions {
  times?: Partial<LogTimes>
  limits?: Partial<ViewerLimits>
}

function createLogs(app: FastifyInstance, options: LogsOptions) {
  const times = { ...defaultTimes, ...options.times }
  const limits = { ...defaultLimits, ...options.limits }
  const channels = createChannels(app, times)
  const { forEach, ...holds } = createHolds(app, channels.channelOf)
  const { stop, ...views } = createViews(app, { channelOf: channels.channelOf, forEach, limits, pingMs: times.pingMs })
  app.addHook('preClose', async () => {
    stop()
    channels.close()
  })
  return { ...holds, ...views }
}
export type Logs = ReturnType<typeof createLogs>

declare module 'fastify' {
  interface FastifyInstance {
    logs: Logs
  }
}

export default fp<LogsOptions>(async (app, options) => void app.decorate('logs', createLogs(app, options)), {
  name: 'logs',
  dependencies: ['bus', 'db', 'axeos', 'discovery', 'deviceHub', 'metrics'],
  fastify: '5.x'
})
