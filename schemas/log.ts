import { Type, type Static } from '@sinclair/typebox'
import { Envelope, MacSchema, Nullable, ref, TimestampSchema } from './common.ts'

/** Levels of ESP-IDF from the most to the least severe. */
export const LOG_LEVELS = ['E', 'W', 'I', 'D', 'V'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const LogLevelSchema = Type.Unsafe<LogLevel>(
  Type.String({ enum: [...LOG_LEVELS], description: '`E` error, `W` warning, `I` info, `D` debug, `V` verbose' })
)

const SeqSchema = Type.Integer({
  minimum: 0,
  description: "Number of the line in its device's log since the service started"
})

/** One line of a miner's log, without secrets and colours. */
export const LogEntryComponent = Type.Object(
  {
    mac: MacSchema,
    seq: SeqSchema,
    receivedAt: TimestampSchema,
    uptimeMs: Type.Optional(Type.Integer({ description: 'Time since the miner booted' })),
    level: Type.Optional(LogLevelSchema),
    tag: Type.Optional(Type.String({ description: 'The part of the firmware that wrote the line' })),
    message: Type.String(),
    raw: Type.String({ description: 'The whole line' })
  },
  {
    $id: 'LogEntry',
    examples: [
      {
        mac: 'bc:dd:c2:8d:c8:4f',
        seq: 42,
        receivedAt: '2026-09-23T12:16:23.000Z',
        uptimeMs: 118764501,
        level: 'I',
        tag: 'asic_result',
        message: 'Nonce D317009A diff 794.2 of 502.',
        raw: 'I (118764501) asic_result: Nonce D317009A diff 794.2 of 502.'
      }
    ]
  }
)
export type LogEntry = Static<typeof LogEntryComponent>
export const LogsAnswer = Envelope(Type.Array(ref(LogEntryComponent)))

const LogStateSchema = Type.Union(
  [Type.Literal('connecting'), Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')],
  { description: '`waiting`: for the device or for the next attempt; `closed`: the stream has no viewers' }
)
export type LogState = Static<typeof LogStateSchema>

const LogFrameSchema = Type.Object({ type: Type.Literal('log'), ...LogEntryComponent.properties })

const GapFrameSchema = Type.Object(
  {
    type: Type.Literal('gap'),
    mac: MacSchema,
    missed: Nullable(
      Type.Integer({ description: 'Number of lines; null when unknown, because the service has restarted' })
    ),
    from: Nullable(SeqSchema),
    to: Nullable(SeqSchema)
  },
  { description: 'Lines after the requested one that are no longer in the buffer' }
)
export type GapFrame = Static<typeof GapFrameSchema>

const StatusFrameSchema = Type.Object({
  type: Type.Literal('status'),
  mac: MacSchema,
  state: LogStateSchema,
  reason: Type.Optional(Type.String())
})
export type StatusFrame = Static<typeof StatusFrameSchema>

const EndFrameSchema = Type.Object({ type: Type.Literal('end'), mac: MacSchema, reason: Type.String() })
export type EndFrame = Static<typeof EndFrameSchema>

/** A frame of a log stream: one JSON text each. */
export const LogStreamFrameSchema = Type.Union([LogFrameSchema, GapFrameSchema, StatusFrameSchema, EndFrameSchema])
export type LogStreamFrame = Static<typeof LogStreamFrameSchema>

const AfterSchema = Type.Integer({ minimum: 0, description: 'Only lines after this `seq`' })
const MAC = '([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}'
const listOf = (item: string, description: string) =>
  Type.String({ pattern: `^${item}(,${item})*$`, maxLength: 65_536, description })

const filters = {
  level: Type.Optional(LogLevelSchema),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Comma-separated exact tags' })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Part of the line, case-insensitive' }))
}

/** Selects lines of `level` or more severe that meet every other criterion. */
export interface LogFilter {
  level?: LogLevel
  tag?: string
  q?: string
}

export const LogsQuerySchema = Type.Object({
  limit: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000, description: 'Maximum number of lines' }),
  level: filters.level,
  after: Type.Optional(AfterSchema),
  format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('text')]))
})

export const DeviceStreamQuerySchema = Type.Object({ ...filters, after: Type.Optional(AfterSchema) })

export const FleetStreamQuerySchema = Type.Object({
  ...filters,
  macs: Type.Optional(listOf(MAC, 'Comma-separated MACs. Unset: every monitored device')),
  after: Type.Optional(listOf(`${MAC}:\\d{1,15}`, 'The last `seq` received from each device: `mac:seq,mac:seq`'))
})
