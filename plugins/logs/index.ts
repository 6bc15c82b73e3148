import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { createChannels } from './channels.ts'
import { createSubscriptions } from './subscriptions.ts'
import { defaultTimes, type LogTimes } from './times.ts'
import { defaultLimits, type ViewerLimits } from './viewer.ts'
import { createViewers } from './viewers.ts'

/** Overrides the plugin's constants. */
export interface LogsOptions {
  times?: Partial<LogTimes>
  limits?: Partial<ViewerLimits>
}

function createLogs(app: FastifyInstance, options: LogsOptions) {
  const times = { ...defaultTimes, ...options.times }
  const limits = { ...defaultLimits, ...options.limits }
  const { channelOf, close } = createChannels(app, times)
  const { attachAll, ...subscriptions } = createSubscriptions(app, channelOf)
  const { stop, ...viewers } = createViewers(app, { channelOf, attachAll, limits, pingMs: times.pingMs })
  app.addHook('preClose', async () => {
    stop()
    close()
  })
  return { ...subscriptions, ...viewers }
}
type Logs = ReturnType<typeof createLogs>

declare module 'fastify' {
  interface FastifyInstance {
    logs: Logs
  }
}

export default fp<LogsOptions>(async (app, options) => void app.decorate('logs', createLogs(app, options)), {
  name: 'logs',
  dependencies: ['bus', 'db', 'axeos', 'deviceHub', 'liveClients', 'metrics'],
  fastify: '5.x'
})
