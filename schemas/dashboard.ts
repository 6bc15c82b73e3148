import { Type, type Static } from '@sinclair/typebox'
import { ref } from './common.ts'

/** A public page of a dashboard, as Grafana reports it. */
export const PublicDashboardSchema = Type.Object({
  uid: Type.String({ description: 'Identifies the public page' }),
  dashboardUid: Type.String(),
  accessToken: Type.String({ description: 'Gives access to the page' }),
  isEnabled: Type.Boolean({ description: 'False if a user has closed the page' }),
  timeSelectionEnabled: Type.Optional(Type.Boolean()),
  annotationsEnabled: Type.Optional(Type.Boolean()),
  share: Type.Optional(Type.String()),
  createdBy: Type.Optional(Type.Integer()),
  updatedBy: Type.Optional(Type.Integer()),
  createdAt: Type.Optional(Type.String({ examples: ['2026-09-23T12:16:23Z'] })),
  updatedAt: Type.Optional(Type.String({ examples: ['2026-09-23T12:16:23Z'] }))
})
export type PublicDashboard = Static<typeof PublicDashboardSchema>

export const DashboardComponent = Type.Object(
  {
    name: Type.String({ description: 'Title: host name and MAC of the device, or the title of the overview' }),
    uid: Type.String({ description: '`pluto-overview`, or `pluto-` followed by the MAC without separators' }),
    grafanaData: PublicDashboardSchema,
    publicUrl: Type.String({ description: 'Path of the public page on the host of Grafana' })
  },
  {
    $id: 'Dashboard',
    description: 'A published Grafana dashboard',
    examples: [
      {
        name: 'garage (bc:dd:c2:8d:c8:4f)',
        uid: 'pluto-bcddc28dc84f',
        grafanaData: {
          uid: 'cd56d9fd-f3d4-486d-afba-a21760e2acbe',
          dashboardUid: 'pluto-bcddc28dc84f',
          accessToken: '5c948bf96e6a4b13bd91975f9a2028b7',
          isEnabled: true,
          timeSelectionEnabled: true,
          annotationsEnabled: false,
          share: 'public',
          createdAt: '2026-09-23T12:16:23Z',
          updatedAt: '2026-09-23T12:16:23Z'
        },
        publicUrl: '/grafana/public-dashboards/5c948bf96e6a4b13bd91975f9a2028b7?orgId=1'
      }
    ]
  }
)
export type Dashboard = Static<typeof DashboardComponent>
export const DashboardsAnswer = Type.Array(ref(DashboardComponent))
