import { join } from 'node:path'
import autoload from '@fastify/autoload'
import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { LogOutput } from './log-output.ts'
import { requestIdOf } from './http/request.ts'
import { serverOptions } from './http/server-options.ts'
import { formats, schemaControllers, type Compilation } from './http/validation.ts'
import audit from '../plugins/audit/index.ts'
import axeos, { type AxeosOptions } from '../plugins/axeos/index.ts'
import backpressure from '../plugins/backpressure.ts'
import backup, { type BackupOptions } from '../plugins/backup/index.ts'
import bus from '../plugins/bus.ts'
import closing from '../plugins/closing.ts'
import commands from '../plugins/commands/index.ts'
import db, { type DbOptions } from '../plugins/db/index.ts'
import deviceHub, { type DeviceHubOptions } from '../plugins/device-hub/index.ts'
import devices from '../plugins/devices/index.ts'
import discovery from '../plugins/discovery/index.ts'
import errors, { answerError } from '../plugins/errors/index.ts'
import grafana, { type GrafanaOptions } from '../plugins/grafana/index.ts'
import history, { type HistoryOptions } from '../plugins/history/index.ts'
import http from '../plugins/http.ts'
import liveClients from '../plugins/live-clients.ts'
import logs, { type LogsOptions } from '../plugins/logs/index.ts'
import metrics from '../plugins/metrics/index.ts'
import openapi from '../plugins/openapi.ts'
import operations from '../plugins/operations/index.ts'
import overload, { type OverloadOptions } from '../plugins/overload.ts'
import presets from '../plugins/presets/index.ts'
import realtime, { type RealtimeOptions } from '../plugins/realtime/index.ts'
import recorder from '../plugins/recorder.ts'
import security from '../plugins/security/index.ts'
import shortages, { type ShortageOptions } from '../plugins/shortages.ts'
import vault from '../plugins/vault/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    logOutput: LogOutput | null
  }
}

/** Overrides of constants for tests: when schemas are compiled, and each plugin's timeouts and limits. */
export interface PluginOptions {
  /** Default: `eager`. */
  schemas?: Compilation
  axeos?: AxeosOptions
  backup?: BackupOptions
  db?: DbOptions
  deviceHub?: DeviceHubOptions
  grafana?: GrafanaOptions
  history?: HistoryOptions
  /** Where log lines go. Default: standard output, as pino writes it. */
  logOutput?: LogOutput
  logs?: LogsOptions
  overload?: OverloadOptions
  realtime?: RealtimeOptions
  shortages?: ShortageOptions
}

/**
 * Assembles the backend, without listening on a port. The order of plugins is the architecture: a plugin calls those
 * registered before it, and reaches those registered after it only through events.
 * @throws the named error of the part that cannot start, such as `StoreLockedError`
 */
export async function buildApp(config: Config, options: PluginOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: config.LOG_LEVEL, ...(options.logOutput && { stream: options.logOutput }) },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    frameworkErrors: answerError,
    // Only the proxy wrote the last entry; the client may have sent those before it.
    trustProxy: config.TRUST_PROXY && ((_address, hop) => hop === 0),
    return503OnClosing: false,
    schemaController: schemaControllers[options.schemas ?? 'eager'],
    ...serverOptions(config),
    serializerOpts: { ajv: { formats } }
  })
  app.decorate('config', config)
  app.decorate('logOutput', options.logOutput ?? null)
  try {
    await registerAll(app, options)
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

async function registerAll(app: FastifyInstance, options: PluginOptions): Promise<void> {
  await app.register(errors)
  await app.register(closing)
  await app.register(backpressure)
  await app.register(liveClients)
  await app.register(http)
  await app.register(security)
  await app.register(overload, options.overload ?? {})
  await app.register(openapi)
  await app.register(bus)
  await app.register(db, options.db ?? {})
  await app.register(shortages, options.shortages ?? {})
  await app.register(audit)
  await app.register(vault)
  await app.register(presets)
  await app.register(axeos, options.axeos ?? {})
  await app.register(discovery)
  await app.register(deviceHub, options.deviceHub ?? {})
  await app.register(devices)
  await app.register(commands)
  await app.register(operations)
  await app.register(backup, options.backup ?? {})
  await app.register(recorder)
  await app.register(history, options.history ?? {})
  await app.register(metrics)
  await app.register(logs, options.logs ?? {})
  await app.register(realtime, options.realtime ?? {})
  await app.register(grafana, options.grafana ?? {})
  await app.register(autoload, { dir: join(import.meta.dirname, '../routes') })
}
