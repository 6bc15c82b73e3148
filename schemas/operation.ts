import { Type, type ObjectOptions, type Static, type TProperties } from '@sinclair/typebox'
import { AddressSchema, Envelope, MacSchema, Nullable, pageFields, pageQuery, TimestampSchema } from './common.ts'
import { DeviceStateSchema } from './device.ts'
import { SettingChangeSchema, SettingRefusalSchema, SettingsResultComponent } from './settings.ts'

const strict = <T extends TProperties>(properties: T, options?: ObjectOptions) =>
  Type.Object(properties, { additionalProperties: false, ...options })
const word = (description: string) => Type.String({ minLength: 1, maxLength: 100, description })

const ActionSchema = Type.Union(
  [
    Type.Literal('restart'),
    Type.Literal('identify'),
    Type.Literal('pause'),
    Type.Literal('resume'),
    Type.Literal('settings'),
    Type.Literal('preset')
  ],
  { description: 'What to do with each device' }
)
export type Action = Static<typeof ActionSchema>

/** Selects imprinted devices that meet every criterion. `{}` selects all. */
const DeviceFilterSchema = strict({
  model: Type.Optional(word('Family name such as `Gamma`, case-insensitive')),
  asic: Type.Optional(word('ASIC such as `BM1370`, case-insensitive')),
  version: Type.Optional(word('Exact firmware version')),
  preset: Type.Optional(
    Nullable(Type.String({ format: 'uuid', description: 'Preset in use; null selects devices without one' }))
  ),
  state: Type.Optional(DeviceStateSchema),
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of an IP, a MAC or a host name' }))
})
export type DeviceFilter = Static<typeof DeviceFilterSchema>

const Settings = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  minProperties: 1,
  description: "Settings, named as in a miner's info"
})
const Concurrency = Type.Integer({ minimum: 1, maximum: 64, description: 'Number of devices that run at once' })
const FailureLimit = Type.Integer({
  minimum: 1,
  description: 'Number of failures after which no further device is started'
})

export const BulkBodySchema = strict(
  {
    macs: Type.Optional(Type.Array(MacSchema, { minItems: 1, maxItems: 10_000, description: 'MACs of the devices' })),
    filter: Type.Optional(DeviceFilterSchema),
    action: ActionSchema,
    settings: Type.Optional(Settings),
    presetUuid: Type.Optional(Type.String({ format: 'uuid' })),
    allowOverclock: Type.Optional(
      Type.Boolean({ description: 'Accept frequencies and voltages outside the lists, up to the limits of each board' })
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Return what would happen to each device, and change nothing' })),
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
      '`queued`; `running`; `applied`: done; `unchanged`: the device already had these settings; `notApplied`: the device accepted the write but lacks some of the settings; `failed`; `skipped`: nothing was sent; `unknown`: the command was sent, but its result was not seen'
  })
)

const count = Type.Integer()
const CountsSchema = Type.Object(
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
  { description: 'Number of devices by status' }
)
export type Counts = Static<typeof CountsSchema>

const OperationStatusSchema = Type.Union(
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
      '`running`; `cancelling` and `stopping`: waiting for the devices in progress; `done`; `cancelled` by a client; `stopped` after too many failures; `interrupted` by the end of the service'
  }
)
export type OperationStatus = Static<typeof OperationStatusSchema>

/** An operation without its devices. Its settings are stored without secrets. */
export const OperationSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: ActionSchema,
    status: OperationStatusSchema,
    total: Type.Integer({ description: 'Number of devices' }),
    counts: CountsSchema,
    filter: Type.Optional(DeviceFilterSchema),
    settings: Type.Optional(Type.Unknown({ description: 'The requested settings, without secrets' })),
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

/** The result of an operation for one device. */
export const OperationDeviceSchema = Type.Object({
  mac: MacSchema,
  status: DeviceStatusSchema,
  reason: Type.Optional(Type.String({ description: 'Why the device failed, was skipped or is unknown' })),
  code: Type.Optional(Type.String({ description: 'Stable name of the error', examples: ['MINER_TIMEOUT'] })),
  note: Type.Optional(Type.String({ description: 'Additional information, such as the answer of the miner' })),
  ...Type.Partial(SettingsResultComponent).properties,
  startedAt: Type.Optional(TimestampSchema),
  finishedAt: Type.Optional(TimestampSchema)
})
export type OperationDevice = Static<typeof OperationDeviceSchema>

const OperationDetailSchema = Type.Object({
  ...OperationSchema.properties,
  devices: Type.Array(OperationDeviceSchema, { description: 'Sorted by MAC' })
})
export type OperationDetail = Static<typeof OperationDetailSchema>

/** The predicted result for one device. */
const DryRunDeviceSchema = Type.Object({
  mac: MacSchema,
  ip: Nullable(AddressSchema),
  hostname: Nullable(Type.String()),
  verdict: Type.Union([Type.Literal('would change'), Type.Literal('unchanged'), Type.Literal('would fail')], {
    description: '`would fail`: not all settings would take effect, but `changes` would still be made'
  }),
  changes: Type.Array(SettingChangeSchema),
  refused: Type.Array(SettingRefusalSchema, { description: 'Settings that the firmware does not support' }),
  reason: Type.Optional(Type.String({ description: 'Why it would fail' })),
  code: Type.Optional(Type.String({ description: 'Stable name of the error' }))
})
export type DryRunDevice = Static<typeof DryRunDeviceSchema>

const DryRunSchema = Type.Object({
  devices: Type.Array(DryRunDeviceSchema, { description: 'Sorted by MAC' }),
  total: count,
  wouldChange: count,
  unchanged: count,
  wouldFail: count
})
export type DryRun = Static<typeof DryRunSchema>

export const OperationParamsSchema = Type.Object({ id: Type.String({ format: 'uuid' }) })
export const DryRunAnswer = { ...Envelope(DryRunSchema), description: 'A dry run: what would happen to each device' }
export const AcceptedAnswer = {
  ...Envelope(OperationSchema),
  description: 'The operation has started; `Location` is its URL'
}
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
