import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import {
  DEVICE_METRICS,
  FLEET_METRICS,
  type DeviceMetric,
  type FleetMetric,
  type History,
  type HistoryQuery
} from '../../schemas/history.ts'
import { deviceQuery, FLEET_QUERIES } from './metrics.ts'
import { createPrometheus } from './prometheus.ts'
import { DEVICE_NAMES, FLEET, FLEET_NAMES, startRecording, type HistoryOptions } from './recording.ts'
import { toSpan, type Span } from './time-range.ts'

export type { HistoryOptions } from './recording.ts'

type Values = Promise<(number | null)[]>

interface Source {
  name: History['source']
  device(mac: string, metric: DeviceMetric, span: Span): Values
  fleet(metric: FleetMetric, span: Span): Values
}

async function createHistory(app: FastifyInstance, options: HistoryOptions) {
  const { PROMETHEUS_HOST, PROMETHEUS_TIMEOUT_MS } = app.config
  const { now = Date.now } = options
  const source = PROMETHEUS_HOST
    ? fromPrometheus(app, PROMETHEUS_HOST, PROMETHEUS_TIMEOUT_MS)
    : await fromRing(app, options)

  async function answer(metric: string, unit: string, span: Span, reading: Values): Promise<History> {
    const values = await reading
    const points = values.map((value, i) => ({ at: new Date(span.startMs + i * span.stepMs).toISOString(), value }))
    return { metric, unit, source: source.name, stepSeconds: span.stepMs / 1000, points }
  }

  return {
    /** @throws {HistoryRangeError} see `toSpan`; and the errors of Prometheus, where that is the source */
    async device(mac: string, metric: DeviceMetric, query: HistoryQuery): Promise<History> {
      const span = toSpan(query, now())
      return answer(metric, DEVICE_METRICS[metric], span, source.device(mac, metric, span))
    },

    /** The same for the totals of the online devices. */
    async fleet(metric: FleetMetric, query: HistoryQuery): Promise<History> {
      const span = toSpan(query, now())
      return answer(metric, FLEET_METRICS[metric], span, source.fleet(metric, span))
    }
  }
}

function fromPrometheus(app: FastifyInstance, host: string, timeoutMs: number): Source {
  const prometheus = createPrometheus(host, timeoutMs)
  app.addHook('onClose', () => prometheus.close())
  const rangeOf = ({ stepMs }: Span) => `${stepMs / 1000}s`
  return {
    name: 'prometheus',
    device: (mac, metric, span) => prometheus.read(deviceQuery(mac, metric, rangeOf(span)), span),
    fleet: (metric, span) => prometheus.read(FLEET_QUERIES[metric](rangeOf(span)), span)
  }
}

async function fromRing(app: FastifyInstance, options: HistoryOptions): Promise<Source> {
  const ring = await startRecording(app, options)
  return {
    name: 'embedded',
    device: (mac, metric, span) => ring.read(mac, DEVICE_NAMES.indexOf(metric), span),
    fleet: (metric, span) => ring.read(FLEET, FLEET_NAMES.indexOf(metric), span)
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    history: Awaited<ReturnType<typeof createHistory>>
  }
}

export default fp<HistoryOptions>(
  async (app, options) => void app.decorate('history', await createHistory(app, options)),
  { name: 'history', dependencies: ['bus', 'db', 'deviceHub'], fastify: '5.x' }
)
