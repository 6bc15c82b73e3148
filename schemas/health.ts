import { Type } from '@sinclair/typebox'
import { Nullable, ref } from './common.ts'

export const HealthComponent = Type.Object({ status: Type.Literal('ok') }, { $id: 'Health' })
export const HealthSchema = ref(HealthComponent)

export const ReadinessComponent = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
    store: Type.Object({
      open: Type.Boolean({ description: 'What is written now is kept' }),
      error: Nullable(Type.String({ description: 'Why nothing can be written, such as a full disk' })),
      imprinted: Type.Integer({ description: 'Imprinted devices' }),
      discovered: Type.Integer({ description: 'Devices that discovery has ever seen' })
    }),
    hub: Type.Object({
      running: Type.Boolean(),
      watched: Type.Integer({ description: 'Devices that are polled' }),
      online: Type.Integer({ description: 'Devices that answered their last polls' }),
      queued: Type.Object(
        { healthy: Type.Integer(), recovery: Type.Integer() },
        { description: 'Polls that wait for a free place, by lane' }
      )
    }),
    grafana: Type.Object({
      state: Type.Union([Type.Literal('off'), Type.Literal('ok'), Type.Literal('degraded')], {
        description: 'Whether dashboards are kept, and whether the last attempt at that went well'
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
