import { Type } from '@sinclair/typebox'
import { Nullable, ref } from './common.ts'

export const HealthComponent = Type.Object({ status: Type.Literal('ok') }, { $id: 'Health' })
export const HealthSchema = ref(HealthComponent)

export const ReadinessComponent = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
    store: Type.Object({
      open: Type.Boolean({ description: 'Whether writes are stored' }),
      error: Nullable(Type.String({ description: 'Why writes fail, such as a full disk; null if they do not' })),
      lost: Type.Integer({
        description:
          'Acknowledged changes that were missing at the start, because files of the store were cut off or deleted'
      }),
      imprinted: Type.Integer({ description: 'Imprinted devices' }),
      discovered: Type.Integer({ description: 'Devices that discovery has ever found' })
    }),
    hub: Type.Object({
      running: Type.Boolean(),
      watched: Type.Integer({ description: 'Devices that are polled' }),
      online: Type.Integer({ description: 'Devices in the state `online`' }),
      queued: Type.Object(
        { healthy: Type.Integer(), recovery: Type.Integer() },
        { description: 'Polls waiting for a free slot, by queue' }
      )
    }),
    grafana: Type.Object({
      state: Type.Union([Type.Literal('off'), Type.Literal('ok'), Type.Literal('degraded')], {
        description: '`off`: no Grafana is set; `ok` or `degraded`: whether the last update of the dashboards succeeded'
      }),
      lastError: Nullable(Type.String())
    }),
    shortage: Nullable(
      Type.String({ description: 'What the operating system was short of within the last 15 s, such as EMFILE' })
    ),
    uptimeSeconds: Type.Number()
  },
  { $id: 'Readiness' }
)
export const ReadinessSchema = ref(ReadinessComponent)
