import { readFileSync } from 'node:fs'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import t from 'tap'
import { createRenderer } from '../../../plugins/grafana/render.ts'
import { buildDeviceTemplate } from '../../../src/dashboards/device.ts'
import { buildOverviewTemplate } from '../../../src/dashboards/overview.ts'
import { DATASOURCE, MAC as PLACEHOLDER } from '../../../src/dashboards/placeholders.ts'

const MAC = 'bc:dd:c2:8d:c8:4f'
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const built = { device: buildDeviceTemplate(), overview: buildOverviewTemplate() }

/** What is committed and what is built are told apart by their text: an order of fields that changes is a change. */
for (const [name, template] of Object.entries(built)) {
  t.test(`src/dashboards/${name}.json is what npm run dashboards writes`, async (t) => {
    t.equal(read(`src/dashboards/${name}.json`), `${JSON.stringify(template, null, 2)}\n`)
  })
}

const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row'
const expressionOf = (target: object) => ('expr' in target ? String(target.expr) : '')
const renderer = createRenderer('prometheus')
const rendered = { device: renderer.device(MAC, 'garage').render(), overview: renderer.overview().render() }

for (const [name, model] of Object.entries(rendered)) {
  const { panels = [], ...dashboard }: Dashboard = JSON.parse(JSON.stringify(model))
  const expressions = panels.filter(isPanel).flatMap(({ targets = [] }) => targets.map(expressionOf))

  t.test(`the ${name} dashboard is whole`, async (t) => {
    t.match(dashboard, { id: null, schemaVersion: Number, refresh: '30s', time: { from: 'now-6h', to: 'now' } })
    t.match(dashboard.uid, /^[a-zA-Z0-9_-]{1,40}$/)
    t.same(dashboard.templating, {}, 'public dashboards of Grafana take no variables')
    const text = JSON.stringify(model)
    for (const placeholder of [DATASOURCE, PLACEHOLDER]) t.notOk(text.includes(placeholder), placeholder)
    const ids = panels.map(({ id }) => id)
    t.equal(new Set(ids).size, panels.length, 'each id is its own')
    t.ok(ids.every((id) => Number.isInteger(id) && Number(id) > 0))
  })

  t.test(`the panels of the ${name} dashboard fill the grid, have a unit and ask one data source`, async (t) => {
    const taken = new Set<string>()
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos ?? { x: -1, y: -1, w: 0, h: 0 }
      t.ok(x >= 0 && x + w <= 24, `${panel.title} is within the grid`)
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          t.notOk(taken.has(`${column},${row}`), `${panel.title} lies on another`)
          taken.add(`${column},${row}`)
        }
      }
      if (!isPanel(panel)) continue
      t.ok(panel.fieldConfig?.defaults.unit, `unit of ${panel.title}`)
      t.ok(panel.targets?.length, `questions of ${panel.title}`)
      for (const target of panel.targets ?? [])
        t.match(target, { datasource: { type: 'prometheus', uid: 'prometheus' } })
    }
  })

  t.test(`the ${name} dashboard queries only documented families`, async (t) => {
    const documented = new Set([...read('docs/METRICS.md').matchAll(/^\| `(\w+)`/gm)].map(([, family]) => family))
    for (const expr of expressions) {
      const families = expr.match(/\bpluto_\w+/g) ?? []
      t.ok(families.length > 0, expr)
      for (const family of families) t.ok(documented.has(family), family)
    }
  })

  if (name === 'overview') continue
  t.test('each question of the device dashboard is about its device', async (t) => {
    for (const expr of expressions) {
      t.equal(expr.match(/pluto_\w+/g)?.length, expr.split(`{mac="${MAC}"`).length - 1, expr)
    }
  })
}

t.test('panel ids are those that they were: links to panels hang on them', async (t) => {
  const idsOf = ({ panels = [] }: Dashboard) => Object.fromEntries(panels.map(({ id, title }) => [id, title]))
  t.same(idsOf(built.device), {
    ...{ 1: 'At a glance', 2: 'State', 3: 'Miner', 4: 'Overheated', 5: 'Paused', 6: 'Fallback pool', 7: 'Hashrate' },
    ...{ 8: 'Power', 9: 'Efficiency', 10: 'ASIC temperature', 11: 'Best difficulty', 12: 'Uptime', 13: 'Mining' },
    ...{ 14: 'Hashrate', 15: 'Shares per minute', 16: 'Best difficulty', 17: 'Hardware errors and pool', 18: 'Power' },
    ...{
      19: 'Power',
      20: 'Efficiency',
      21: 'Voltages',
      22: 'Frequency',
      23: 'Cooling',
      24: 'Temperatures',
      25: 'Fans'
    },
    ...{ 26: 'Controller', 27: 'Free memory', 28: 'Wi-Fi signal', 29: 'Uptime' }
  })
  t.same(idsOf(built.overview), {
    ...{ 1: 'Fleet', 2: 'Online', 3: 'Not online', 4: 'Hashrate', 5: 'Power', 6: 'Efficiency' },
    ...{ 7: 'Rejected shares, last hour', 8: 'Over time', 9: 'Hashrate', 10: 'Power', 11: 'Efficiency' },
    ...{ 12: 'Devices by state', 13: 'Pools and firmware', 14: 'Devices by pool', 15: 'Shares per minute by pool' },
    ...{ 16: 'Devices by firmware', 17: 'Worst five', 18: 'Hottest', 19: 'Most rejected shares, last hour' },
    ...{ 20: 'Least efficient' }
  })
})
