import { Type, type Static } from '@sinclair/typebox'
import { Envelope, Nullable, ref, TimestampSchema } from './common.ts'

/** The metrics in the history of a device, and their units. */
export const DEVICE_METRICS = {
  hashrateHps: 'H/s',
  powerWatts: 'W',
  efficiencyJoulesPerTerahash: 'J/TH',
  asicCelsius: '°C',
  vrCelsius: '°C',
  inputVolts: 'V',
  coreMeasuredVolts: 'V',
  frequencyHertz: 'Hz',
  fanRpm: 'rpm',
  errorRatio: '',
  poolResponseSeconds: 's',
  heapFreeBytes: 'B',
  wifiRssiDbm: 'dBm'
} as const
export type DeviceMetric = keyof typeof DEVICE_METRICS

/** The metrics in the history of the fleet, and their units. */
export const FLEET_METRICS = {
  hashrateHps: 'H/s',
  powerWatts: 'W',
  efficiencyJoulesPerTerahash: 'J/TH',
  devicesOnline: 'devices'
} as const
export type FleetMetric = keyof typeof FLEET_METRICS

export const MAX_POINTS = 1500
export const MIN_STEP_SECONDS = 60
const MAX_STEP_SECONDS = 2_592_000

const TimeSchema = (description: string) =>
  Type.String({
    pattern: '^([0-9]{1,10}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?Z)$',
    description: `${description}. ISO 8601 in UTC, or seconds since 1970`
  })

const querySchema = <Name extends string>(metrics: Record<Name, string>) => {
  const names = Object.keys(metrics) as Name[]
  return Type.Object({
    metric: Type.Unsafe<Name>(Type.String({ enum: names, description: 'Metric to return', examples: [names[0]] })),
    from: Type.Optional(TimeSchema('Start of the range. Default: an hour before `to`')),
    to: Type.Optional(TimeSchema('End of the range. Default: now')),
    step: Type.Optional(
      Type.Integer({
        minimum: MIN_STEP_SECONDS,
        maximum: MAX_STEP_SECONDS,
        description: `Length of a step in seconds; a range has at most ${MAX_POINTS} steps. Default: the shortest whole minutes that give at most 300 steps`
      })
    )
  })
}

export const DeviceHistoryQuerySchema = querySchema(DEVICE_METRICS)
export const FleetHistoryQuerySchema = querySchema(FLEET_METRICS)
export type HistoryQuery = Pick<Static<typeof DeviceHistoryQuerySchema>, 'from' | 'to' | 'step'>

export const HistoryComponent = Type.Object(
  {
    metric: Type.String(),
    unit: Type.String({ description: 'Empty for a ratio' }),
    source: Type.Union([Type.Literal('prometheus'), Type.Literal('embedded')], {
      description: '`embedded` keeps the last 24 hours'
    }),
    stepSeconds: Type.Integer(),
    points: Type.Array(
      Type.Object({
        at: TimestampSchema,
        value: Nullable(
          Type.Number({ description: 'Average over the step that begins at `at`; null if there is no value' })
        )
      }),
      { description: 'Oldest first, without gaps' }
    )
  },
  {
    $id: 'History',
    examples: [
      {
        metric: 'hashrateHps',
        unit: 'H/s',
        source: 'embedded',
        stepSeconds: 60,
        points: [
          { at: '2026-09-23T12:16:00.000Z', value: 1.0395e12 },
          { at: '2026-09-23T12:17:00.000Z', value: null }
        ]
      }
    ]
  }
)
export type History = Static<typeof HistoryComponent>
export const HistoryAnswer = Envelope(ref(HistoryComponent))
