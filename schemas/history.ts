import { Type, type Static } from '@sinclair/typebox'
import { Envelope, Nullable, ref, TimestampSchema } from './common.ts'

/** What there is a history of for each device, and its unit. */
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

/** What there is a history of for the whole fleet, and its unit. */
export const FLEET_METRICS = {
  hashrateHps: 'H/s',
  powerWatts: 'W',
  efficiencyJoulesPerTerahash: 'J/TH',
  devicesOnline: 'devices'
} as const
export type FleetMetric = keyof typeof FLEET_METRICS

export const MAX_POINTS = 1500
export const MIN_STEP_SECONDS = 60
export const MAX_STEP_SECONDS = 2_592_000

const TimeSchema = (description: string) =>
  Type.String({
    pattern: '^([0-9]{1,10}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?Z)$',
    description: `${description}: ISO 8601 in UTC, or seconds since 1970`
  })

const querySchema = <Name extends string>(metrics: Record<Name, string>) => {
  const names = Object.keys(metrics) as Name[]
  return Type.Object({
    metric: Type.Unsafe<Name>(Type.String({ enum: names, description: 'What to answer', examples: [names[0]] })),
    from: Type.Optional(TimeSchema('Begin. An hour before `to` when left out')),
    to: Type.Optional(TimeSchema('End. Now when left out')),
    step: Type.Optional(
      Type.Integer({
        minimum: MIN_STEP_SECONDS,
        maximum: MAX_STEP_SECONDS,
        description: `Seconds that one point averages over; at most ${MAX_POINTS} points. As few as give 300 points when left out`
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
        value: Nullable(Type.Number({ description: 'Average from `at` on, over a step; null when nothing is known' }))
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
