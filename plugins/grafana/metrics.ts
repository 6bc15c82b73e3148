import { Gauge, type Registry } from 'prom-client'
import type { ObservedState } from './observed.ts'
import type { Reconciler } from './reconciler.ts'

/** Registers the metrics of the Grafana integration. They exist only while it is on. */
export function addGrafanaMetrics(
  registry: Registry,
  reconciler: Pick<Reconciler, 'last'>,
  observed: Pick<ObservedState, 'count'>
): void {
  const registers = [registry]
  new Gauge({
    name: 'pluto_grafana_up',
    help: '1 when the last update of the dashboards reached Grafana.',
    registers,
    collect() {
      this.set(reconciler.last?.reached ? 1 : 0)
    }
  })
  new Gauge({
    name: 'pluto_grafana_dashboards',
    help: 'Desired dashboards by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [name, count] of Object.entries(observed.count())) this.set({ state: name }, count)
    }
  })
}
