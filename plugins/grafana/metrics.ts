import { Gauge, type Registry } from 'prom-client'
import type { Reconciler } from './reconciler.ts'
import type { DashboardState } from './observed.ts'

/** Puts the families about Grafana into `registry`; they are there only while the integration is on. */
export function addGrafanaMetrics(
  registry: Registry,
  reconciler: Pick<Reconciler, 'last'>,
  state: Pick<DashboardState, 'count'>
): void {
  const registers = [registry]
  new Gauge({
    name: 'pluto_grafana_up',
    help: 'Whether dashboards could be brought to Grafana the last time.',
    registers,
    collect() {
      this.set(reconciler.last?.reached ? 1 : 0)
    }
  })
  new Gauge({
    name: 'pluto_grafana_dashboards',
    help: 'Dashboards that there are to be, by how far they are.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [name, count] of Object.entries(state.count())) this.set({ state: name }, count)
    }
  })
}
