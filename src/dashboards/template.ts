import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder
} from '@grafana/grafana-foundation-sdk/dashboard'

/** To be raised with each change of a template: dashboards of a higher version than the own are left alone. */
export const TEMPLATE_VERSION = 1

/** Begins a dashboard with what all have in common, such as the menu that leads from one to the other. */
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

/** A headline over the panels that follow. Its id never changes, like those of panels. */
export const beginRow = (id: number, title: string) => new RowBuilder(title).id(id)
