import { Type, type Static } from '@sinclair/typebox'
import { AddressSchema, MacSchema, Nullable, ref, TimestampSchema } from './common.ts'

export const DeviceStateSchema = Type.Union(
  [
    Type.Literal('idle'),
    Type.Literal('connecting'),
    Type.Literal('online'),
    Type.Literal('offline'),
    Type.Literal('mismatch'),
    Type.Literal('restarting')
  ],
  {
    description:
      '`idle` imprinted but not monitored, `connecting` not answered yet, `online`, `offline` missed two polls, `mismatch` another miner answers at its address, `restarting` silent after a restart'
  }
)
export type DeviceState = Static<typeof DeviceStateSchema>

/** A miner as clients see it: what was imprinted, joined with what is known of it now. */
export const DeviceComponent = Type.Object(
  {
    mac: MacSchema,
    ip: AddressSchema,
    type: Type.String({ description: 'Kind of device, as discovered or as its user called it' }),
    info: Type.Unknown({
      description:
        "The miner's own answer to `GET /api/system/info`, less secrets, with `frequencyOptions` and `coreVoltageOptions`: arrays of `{ label, value }`"
    }),
    presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' }))),
    tracing: Type.Optional(Type.Boolean({ description: 'The device answered its last poll' })),
    state: Type.Optional(DeviceStateSchema),
    error: Type.Optional(Type.String({ description: 'Why the last poll failed' })),
    lastSeen: Type.Optional(TimestampSchema),
    createdAt: Type.Optional(TimestampSchema),
    updatedAt: Type.Optional(TimestampSchema),
    publicDashboardUrl: Type.Optional(Type.String())
  },
  {
    $id: 'Device',
    examples: [
      {
        mac: 'bc:dd:c2:8d:c8:4f',
        ip: '192.168.1.50',
        type: 'Gamma',
        info: { ASICModel: 'BM1370', hostname: 'bitaxe', hashRate: 1039.5, temp: 65.1 },
        presetUuid: null,
        tracing: true,
        state: 'online',
        lastSeen: '2026-09-23T12:16:23.000Z'
      }
    ]
  }
)
export type Device = Static<typeof DeviceComponent>
export const DeviceSchema = ref(DeviceComponent)

/** A preset as it was at some time. */
export const PresetMarkSchema = Type.Object({ uuid: Type.String(), updatedAt: TimestampSchema })
export type PresetMark = Static<typeof PresetMarkSchema>

/** What is stored of an imprinted device: its identity and its user's choices. Written by routes alone. */
export const ImprintSchema = Type.Object({
  mac: MacSchema,
  ip: AddressSchema,
  ipSetAt: TimestampSchema,
  type: Type.String(),
  presetUuid: Nullable(Type.String()),
  presetApplied: Type.Optional(PresetMarkSchema),
  createdAt: TimestampSchema,
  updatedAt: TimestampSchema
})
export type Imprint = Static<typeof ImprintSchema>

/** What discovery stores of a miner that it saw. Written by discovery alone. */
export const DiscoveredSchema = Type.Object({
  mac: MacSchema,
  ip: AddressSchema,
  type: Type.String(),
  info: Type.Record(Type.String(), Type.Unknown()),
  source: Type.String({ description: 'How it was found: `mdns`, `arp`, `sweep`, `probe` or `service`' }),
  firstSeen: TimestampSchema,
  lastSeen: TimestampSchema
})
export type Discovered = Static<typeof DiscoveredSchema>
