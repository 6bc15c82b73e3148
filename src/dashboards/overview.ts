import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { buildBars, buildChart, buildStat, type Step } from './panels.ts'
import { beginDashboard, beginRow } from './template.ts'

/** Adds the host name to each MAC. */
const named = (expr: string) => `${expr} * on (mac) group_left (hostname) pluto_device_info`
const LEGEND = '{{hostname}}  {{mac}}'

const rejected = (by: string, range: string, family = 'pluto_device_shares_total') =>
  `sum ${by} (increase(${family}{result="rejected"}[${range}])) / sum ${by} (increase(${family}[${range}]))`

const HOT: Step[] = [
  [null, 'green'],
  [65, 'yellow'],
  [72, 'red']
]
const REJECTS: Step[] = [
  [null, 'green'],
  [0.01, 'yellow'],
  [0.05, 'red']
]

const totals = [
  buildStat({
    ...{ id: 2, title: 'Online', unit: units.Short, decimals: 0, width: 4 },
    queries: [['sum(pluto_devices{state="online"})', '']]
  }),
  buildStat({
    ...{ id: 3, title: 'Not online', unit: units.Short, decimals: 0, width: 4 },
    description: 'Monitored, but offline, restarting or not found at their address.',
    queries: [['sum(pluto_devices{state!~"online|idle"})', '']],
    steps: [
      [null, 'green'],
      [1, 'red']
    ]
  }),
  buildStat({
    ...{ id: 4, title: 'Hashrate', unit: units.HashesPerSecond, decimals: 2, width: 4 },
    queries: [['sum(pluto_fleet_hashrate_hashes_per_second)', '']]
  }),
  buildStat({
    ...{ id: 5, title: 'Power', unit: units.Watt, decimals: 1, width: 4 },
    queries: [['sum(pluto_fleet_power_watts)', '']]
  }),
  buildStat({
    ...{ id: 6, title: 'Efficiency', unit: 'suffix: J/TH', decimals: 1, width: 4 },
    queries: [['avg(pluto_fleet_efficiency_joules_per_terahash)', '']]
  }),
  buildStat({
    ...{ id: 7, title: 'Rejected shares, last hour', unit: units.PercentUnit, decimals: 2, width: 4 },
    queries: [[rejected('', '1h', 'pluto_pool_shares_total'), '']],
    steps: REJECTS
  })
]

const overTime = [
  buildChart({
    ...{ id: 9, title: 'Hashrate', unit: units.HashesPerSecond, width: 12, min: 0 },
    queries: [
      ['sum(pluto_fleet_hashrate_hashes_per_second)', 'hashrate'],
      ['sum(pluto_device_expected_hashrate_hashes_per_second)', 'expected, where reported']
    ]
  }),
  buildChart({
    ...{ id: 10, title: 'Power', unit: units.Watt, width: 12, min: 0 },
    queries: [['sum(pluto_fleet_power_watts)', 'power']]
  }),
  buildChart({
    ...{ id: 11, title: 'Efficiency', unit: 'suffix: J/TH', width: 12 },
    description: 'Power divided by hashrate. Lower is better.',
    queries: [['avg(pluto_fleet_efficiency_joules_per_terahash)', 'efficiency']]
  }),
  buildChart({
    ...{ id: 12, title: 'Devices by state', unit: units.Short, decimals: 0, width: 12, min: 0, stacked: true },
    queries: [['sum by (state) (pluto_devices)', '{{state}}']]
  })
]

const breakdown = [
  buildBars({
    ...{ id: 14, title: 'Devices by pool', unit: units.Short, decimals: 0, min: 0, width: 8 },
    queries: [['sort_desc(sum by (pool) (pluto_pool_devices))', '{{pool}}']]
  }),
  buildChart({
    ...{ id: 15, title: 'Shares per minute by pool', unit: units.Short, width: 8, min: 0 },
    queries: [['60 * sum by (pool, result) (rate(pluto_pool_shares_total[$__rate_interval]))', '{{pool}} {{result}}']]
  }),
  buildBars({
    ...{ id: 16, title: 'Devices by firmware', unit: units.Short, decimals: 0, min: 0, width: 8 },
    queries: [['sort_desc(sum by (version) (pluto_firmware_devices))', '{{version}}']]
  })
]

const worst = [
  buildBars({
    ...{ id: 18, title: 'Hottest', unit: units.Celsius, decimals: 1, min: 20, max: 90, width: 8, steps: HOT },
    queries: [
      [`sort_desc(topk(5, ${named('max by (mac) (pluto_device_temperature_celsius{sensor=~"asic.*"})')}))`, LEGEND]
    ]
  }),
  buildBars({
    ...{ id: 19, title: 'Most rejected shares, last hour', unit: units.PercentUnit, decimals: 2, min: 0, width: 8 },
    queries: [[`sort_desc(topk(5, ${named(`(${rejected('by (mac)', '1h')})`)}))`, LEGEND]],
    steps: REJECTS
  }),
  buildBars({
    ...{ id: 20, title: 'Least efficient', unit: 'suffix: J/TH', decimals: 1, min: 0, width: 8 },
    queries: [[`sort_desc(topk(5, ${named('pluto_device_efficiency_joules_per_terahash')}))`, LEGEND]]
  })
]

/** Builds the template of the fleet's dashboard. */
export function buildOverviewTemplate(): Dashboard {
  const dashboard = beginDashboard('Pluto overview', 'The whole fleet. Created and kept up to date by Pluto.')
  const rows = [totals, overTime, breakdown, worst]
  const heads = [
    beginRow(1, 'Fleet'),
    beginRow(8, 'Over time'),
    beginRow(13, 'Pools and firmware'),
    beginRow(17, 'Worst five')
  ]
  heads.forEach((head, i) => {
    dashboard.withRow(head)
    for (const panel of rows[i] ?? []) dashboard.withPanel(panel)
  })
  return dashboard.build()
}
