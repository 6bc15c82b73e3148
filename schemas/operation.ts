import { Type, type ObjectOptions, type Static, type TProperties } from '@sinclair/typebox'
import { AddressSchema, Envelope, MacSchema, Nullable, pageFields, pageQuery, TimestampSchema } from './common.ts'
import { DeviceStateSchema } from './device.ts'
import { SettingChangeSchema, SettingRefusalSchema, SettingsResultComponent } from './settings.ts'

const strict = <T extends TProperties>(properties: T, options?: ObjectOptions) =>
  Type.Object(properties, { additionalProperties: false, ...options })
const word = (description: string) => Type.String({ minLength: 1, maxLength: 100, description })

export const ActionSchema = Type.Union(
  [
    Type.Literal('restart'),
    Type.Literal('identify'),
    Type.Literal('pause'),
    Type.Literal('resume'),
    Type.Literal('settings'),
    Type.Literal('preset')
  ],
  { description: 'What each device is asked for' }
)
export type Action = Static<typeof ActionSchema>

/** Chooses imprinted devices: every criterion has to hold. `{}` chooses all. */
export const DeviceFilterSchema = strict({
  model: Type.Optional(word('Family name such as `Gamma`, in any case')),
  asic: Type.Optional(word('ASIC such as `BM1370`, in any case')),
  version: Type.Optional(word('Firmware version, exactly')),
  preset: Type.Optional(Nullable(Type.String({ format: 'uuid', description: 'Preset in use; null: none' }))),
  state: Type.Optional(DeviceStateSchema),
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of an IP, a MAC or a host name' }))
})
export type DeviceFilter = Static<typeof DeviceFilterSchema>

const Settings = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  minProperties: 1,
  description: "Settings by their names in a miner's info"
})
const Concurrency = Type.Integer({ minimum: 1, maximum: 64, description: 'Devices that are spoken to at once' })
const FailureLimit = Type.Integer({ minimum: 1, description: 'Failures after which no further device is begun' })

export const BulkBodySchema = strict(
  {
    macs: Type.Optional(Type.Array(MacSchema, { minItems: 1, maxItems: 10_000, description: 'Exactly these devices' })),
    filter: Type.Optional(DeviceFilterSchema),
    action: ActionSchema,
    settings: Type.Optional(Settings),
    presetUuid: Type.Optional(Type.String({ format: 'uuid' })),
    allowOverclock: Type.Optional(
      Type.Boolean({ description: 'Take frequencies and voltages outside of the lists, up to what each board bears' })
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Answer what would become of each device, and touch nothing' })),
    concurrency: Type.Optional(Concurrency),
    stopAfterFailures: Type.Optional(FailureLimit)
  },
  {
    examples: [
      { filter: { model: 'Gamma' }, action: 'settings', settings: { frequency: 525, coreVoltage: 1150 }, dryRun: true },
      { macs: ['bc:dd:c2:8d:c8:4f', 'bc:dd:c2:8d:c8:50'], action: 'restart', concurrency: 1, stopAfterFailures: 1 },
      { filter: {}, action: 'preset', presetUuid: '0199751c-5a2f-7000-8000-0c1f7a5d9e21' }
    ]
  }
)
export type BulkBody = Static<typeof BulkBodySchema>

export const DEVICE_STATUSES = [
  'queued',
  'running',
  'applied',
  'unchanged',
  'notApplied',
  'failed',
  'skipped',
  'unknown'
] as const
export type DeviceStatus = (typeof DEVICE_STATUSES)[number]

const DeviceStatusSchema = Type.Unsafe<DeviceStatus>(
  Type.String({
    enum: [...DEVICE_STATUSES],
    description:
      '`queued`, `running`; `applied` all of it is there now, `unchanged` it was there before, `notApplied` some of it is not there although the device was asked, `failed`, `skipped` the device was not asked, `unknown` it was asked, and nobody saw what became of it'
  })
)

const count = Type.Integer()
export const CountsSchema = Type.Object(
  {
    queued: count,
    running: count,
    applied: count,
    unchanged: count,
    notApplied: count,
    failed: count,
    skipped: count,
    unknown: count
  },
  { description: 'Devices by status' }
)
export type Counts = Static<typeof CountsSchema>

export const OperationStatusSchema = Type.Union(
  [
    Type.Literal('running'),
    Type.Literal('cancelling'),
    Type.Literal('stopping'),
    Type.Literal('done'),
    Type.Literal('cancelled'),
    Type.Literal('stopped'),
    Type.Literal('interrupted')
  ],
  {
    description:
      '`running`; `cancelling` and `stopping` wait for the devices that were begun; `done`; `cancelled` by a client, `stopped` after too many failures, `interrupted` by the end of the backend'
  }
)
export type OperationStatus = Static<typeof OperationStatusSchema>

/** An operation without its devices. Its settings are kept without secrets. */
export const OperationSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: ActionSchema,
    status: OperationStatusSchema,
    total: Type.Integer({ description: 'Devices' }),
    counts: CountsSchema,
    filter: Type.Optional(DeviceFilterSchema),
    settings: Type.Optional(Type.Unknown({ description: 'The settings asked for, less secrets' })),
    presetUuid: Type.Optional(Type.String({ format: 'uuid' })),
    allowOverclock: Type.Optional(Type.Boolean()),
    concurrency: Concurrency,
    stopAfterFailures: Type.Optional(FailureLimit),
    createdAt: TimestampSchema,
    finishedAt: Type.Optional(TimestampSchema)
  },
  {
    examples: [
      {
        id: '0199751c-5a2f-7000-8000-0c1f7a5d9e21',
        action: 'settings',
        status: 'running',
        total: 3,
        counts: { queued: 1, running: 1, applied: 1, unchanged: 0, notApplied: 0, failed: 0, skipped: 0, unknown: 0 },
        filter: { model: 'Gamma' },
        settings: { frequency: 525, coreVoltage: 1150 },
        concurrency: 1,
        createdAt: '2026-09-23T12:16:23.000Z'
      }
    ]
  }
)
export type Operation = Static<typeof OperationSchema>

/** What became of one device. */
export const OperationDeviceSchema = Type.Object({
  mac: MacSchema,
  status: DeviceStatusSchema,
  reason: Type.Optional(Type.String({ description: 'Why it failed, was skipped or is not known' })),
  code: Type.Optional(Type.String({ description: 'Stable name of the error', examples: ['MINER_TIMEOUT'] })),
  note: Type.Optional(Type.String({ description: 'What else is to be known, such as the words of the miner' })),
  ...Type.Partial(SettingsResultComponent).properties,
  startedAt: Type.Optional(TimestampSchema),
  finishedAt: Type.Optional(TimestampSchema)
})
export type OperationDevice = Static<typeof OperationDeviceSchema>

export const OperationDetailSchema = Type.Object({
  ...OperationSchema.properties,
  devices: Type.Array(OperationDeviceSchema, { description: 'In the order of their MACs' })
})
export type OperationDetail = Static<typeof OperationDetailSchema>

/** What would become of one device. */
export const ForecastSchema = Type.Object({
  mac: MacSchema,
  ip: Nullable(AddressSchema),
  hostname: Nullable(Type.String()),
  verdict: Type.Union([Type.Literal('would change'), Type.Literal('unchanged'), Type.Literal('would fail')], {
    description: '`would fail`: not all of it would be there afterwards; `changes` would be made all the same'
  }),
  changes: Type.Array(SettingChangeSchema),
  refused: Type.Array(SettingRefusalSchema, { description: 'What the firmware does not take' }),
  reason: Type.Optional(Type.String({ description: 'Why it would fail' })),
  code: Type.Optional(Type.String({ description: 'Stable name of the error' }))
})
export type Forecast = Static<typeof ForecastSchema>

export const DryRunSchema = Type.Object({
  devices: Type.Array(ForecastSchema, { description: 'In the order of their MACs' }),
  total: count,
  wouldChange: count,
  unchanged: count,
  wouldFail: count
})
export type DryRun = Static<typeof DryRunSchema>

export const OperationParamsSchema = Type.Object({ id: Type.String({ format: 'uuid' }) })
export const DryRunAnswer = { ...Envelope(DryRunSchema), description: 'A dry run: what would become of each device' }
export const AcceptedAnswer = { ...Envelope(OperationSchema), description: 'It runs: `Location` tells where to look' }
export const OperationAnswer = Envelope(OperationSchema)
export const OperationListQuerySchema = Type.Object({
  status: Type.Optional(OperationStatusSchema),
  action: Type.Optional(ActionSchema),
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of the id or of the action' })),
  ...pageQuery(['action', 'createdAt', 'status', 'total'], '-createdAt')
})

export const OperationsAnswer = Type.Object({
  message: Type.String(),
  data: Type.Array(OperationSchema),
  ...pageFields
})
export const OperationDetailAnswer = Envelope(OperationDetailSchema)
