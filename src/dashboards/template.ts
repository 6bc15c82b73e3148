import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder
} from '@grafana/grafana-foundation-sdk/dashboard'

/** Increase it with each change of a template. A backend does not replace dashboards of a higher version than its own. */
export const TEMPLATE_VERSION = 2

/** Begins a dashboard with what all have in common, such as the menu that links them. */
export function beginDashboard(title: string, description: string): DashboardBuilder {
  const menu = new DashboardLinkBuilder('Pluto').type(DashboardLinkType.Dashboards).tags(['pluto'])
  return new DashboardBuilder(title)
    .description(description)
    .tags(['pluto', `pluto-template-${TEMPLATE_VERSION}`])
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(menu.asDropdown(true).keepTime(true))
}

/** Builds a heading for the panels that follow. Its id must never change, as with panels. */
export const beginRow = (id: number, title: string) => new RowBuilder(title).id(id)
