import { Type, type Static } from '@sinclair/typebox'
import { AddressSchema, MacSchema, Nullable, ref, TimestampSchema } from './common.ts'
import type { AsicOptions, Reading } from './telemetry.ts'

export const DeviceStateSchema = Type.Union(
  [
    Type.Literal('idle'),
    Type.Literal('connecting'),
    Type.Literal('online'),
    Type.Literal('offline'),
    Type.Literal('mismatch'),
    Type.Literal('conflict'),
    Type.Literal('restarting')
  ],
  {
    description:
      '`idle`: imprinted (registered) but not monitored; `connecting`: has not answered yet; `online`; `offline`: missed two polls; `mismatch`: another miner answers at its address; `conflict`: two addresses answer with its MAC, so nothing is written to either; `restarting`: has accepted a restart and is not back yet'
  }
)
export type DeviceState = Static<typeof DeviceStateSchema>

/** A device as clients see it: its imprint joined with its current state. */
export const DeviceComponent = Type.Object(
  {
    mac: MacSchema,
    ip: AddressSchema,
    type: Type.String({ description: 'Kind of device, from discovery or as its user named it' }),
    info: Type.Unknown({
      description:
        "The miner's own answer to `GET /api/system/info` without secrets, plus `frequencyOptions` and `coreVoltageOptions`: arrays of `{ label, value }`"
    }),
    presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' }))),
    tracing: Type.Optional(Type.Boolean({ description: 'The device answered its last poll' })),
    state: Type.Optional(DeviceStateSchema),
    error: Type.Optional(Type.String({ description: 'Why the last poll failed, or which addresses are in conflict' })),
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

/** What is known about a device at one moment. `reading` keeps the last answer while the device does not answer. */
export interface DeviceSnapshot {
  readonly mac: string
  /** Current address: `a.b.c.d`, with `:port` unless it is 80. */
  readonly ip: string
  readonly state: DeviceState
  /** The last poll was answered. */
  readonly answering: boolean
  readonly reading: Reading | null
  readonly asicOptions: AsicOptions | null
  /** When `reading` was taken, in ms since the epoch. */
  readonly lastPollAt: number | null
  /** Why the last poll failed; null when it did not. */
  readonly error: string | null
}

/** A version of a preset. */
const PresetMarkSchema = Type.Object({ uuid: Type.String(), updatedAt: TimestampSchema })
export type PresetMark = Static<typeof PresetMarkSchema>

/** The stored record of an imprinted (registered) device: its identity and its user's choices. */
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

/** The record of a discovered miner. Only discovery writes it. */
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
