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
import { parseTimeRange, type TimeRange } from './time-range.ts'

export type { HistoryOptions } from './recording.ts'

type Values = Promise<(number | null)[]>

interface Source {
  name: History['source']
  device(mac: string, metric: DeviceMetric, range: TimeRange): Values
  fleet(metric: FleetMetric, range: TimeRange): Values
}

async function createHistory(app: FastifyInstance, options: HistoryOptions) {
  const { PROMETHEUS_HOST, PROMETHEUS_TIMEOUT_MS } = app.config
  const { now = Date.now } = options
  const source = PROMETHEUS_HOST
    ? fromPrometheus(app, PROMETHEUS_HOST, PROMETHEUS_TIMEOUT_MS)
    : await fromEmbeddedStore(app, options)

  async function answer(metric: string, unit: string, range: TimeRange, values: Values): Promise<History> {
    const points = (await values).map((value, i) => ({
      at: new Date(range.startMs + i * range.stepMs).toISOString(),
      value
    }))
    return { metric, unit, source: source.name, stepSeconds: range.stepMs / 1000, points }
  }

  return {
    /**
     * Reads the history of a metric of one device.
     * @throws {HistoryRangeError} see `parseTimeRange`
     * @throws {PrometheusFailedError | PrometheusTimeoutError} while Prometheus is the source
     */
    async device(mac: string, metric: DeviceMetric, query: HistoryQuery): Promise<History> {
      const range = parseTimeRange(query, now())
      return answer(metric, DEVICE_METRICS[metric], range, source.device(mac, metric, range))
    },

    /** Reads the history of a total of the online devices. @throws the same errors */
    async fleet(metric: FleetMetric, query: HistoryQuery): Promise<History> {
      const range = parseTimeRange(query, now())
      return answer(metric, FLEET_METRICS[metric], range, source.fleet(metric, range))
    }
  }
}

function fromPrometheus(app: FastifyInstance, host: string, timeoutMs: number): Source {
  const prometheus = createPrometheus(host, timeoutMs)
  app.addHook('onClose', () => prometheus.close())
  const durationOf = ({ stepMs }: TimeRange) => `${stepMs / 1000}s`
  return {
    name: 'prometheus',
    device: (mac, metric, range) => prometheus.read(deviceQuery(mac, metric, durationOf(range)), range),
    fleet: (metric, range) => prometheus.read(FLEET_QUERIES[metric](durationOf(range)), range)
  }
}

async function fromEmbeddedStore(app: FastifyInstance, options: HistoryOptions): Promise<Source> {
  const store = await startRecording(app, options)
  return {
    name: 'embedded',
    device: (mac, metric, range) => store.read(mac, DEVICE_NAMES.indexOf(metric), range),
    fleet: (metric, range) => store.read(FLEET, FLEET_NAMES.indexOf(metric), range)
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
