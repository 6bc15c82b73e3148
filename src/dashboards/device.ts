import { MappingType, type Dashboard, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { buildChart, buildStat, type Query, type Step } from './panels.ts'
import { MAC } from './placeholders.ts'
import { beginDashboard, beginRow } from './template.ts'

const family = (name: string) => `pluto_device_${name}{mac="${MAC}"}`
const labelled = (name: string, labels: string) => `pluto_device_${name}{mac="${MAC}",${labels}}`

const ASIC_STEPS: Step[] = [
  [null, 'green'],
  [65, 'yellow'],
  [72, 'red']
]
const HASHRATE = 'hashrate_hashes_per_second'
const WINDOWS: Query[] = ['now', '1m', '10m', '1h', '1d'].map((window) => [
  labelled(HASHRATE, `window="${window}"`),
  window
])

/** Shows words instead of 0 and 1. */
function words(no: [text: string, color: string], yes: [text: string, color: string]): ValueMapping[] {
  const options = { 0: { text: no[0], color: no[1], index: 0 }, 1: { text: yes[0], color: yes[1], index: 1 } }
  return [{ type: MappingType.ValueToText, options }]
}

const flag = (id: number, title: string, name: string, alarm: string) =>
  buildStat({
    ...{ id, title, unit: units.Short, queries: [[family(name), '']], width: 3, text: 'value' as const },
    mappings: words(['no', 'green'], ['YES', alarm]),
    steps: [[null, 'text']]
  })

const atAGlance = [
  buildStat({
    ...{ id: 2, title: 'State', unit: units.Short, width: 3, text: 'value' },
    queries: [[family('up'), '']],
    mappings: words(['OFFLINE', 'red'], ['online', 'green']),
    steps: [[null, 'text']]
  }),
  buildStat({
    ...{ id: 3, title: 'Miner', unit: units.Short, width: 12, text: 'name' },
    queries: [[family('info'), '{{hostname}}  ·  {{model}} {{asic}}  ·  {{version}}  ·  {{pool}}']]
  }),
  flag(4, 'Overheated', 'overheated', 'red'),
  flag(5, 'Paused', 'paused', 'orange'),
  flag(6, 'Fallback pool', 'fallback_pool', 'orange'),
  buildStat({
    ...{ id: 7, title: 'Hashrate', unit: units.HashesPerSecond, decimals: 2, width: 4 },
    queries: [[labelled(HASHRATE, 'window="now"'), '']]
  }),
  buildStat({
    ...{ id: 8, title: 'Power', unit: units.Watt, decimals: 1, width: 4 },
    queries: [[family('power_watts'), '']]
  }),
  buildStat({
    ...{ id: 9, title: 'Efficiency', unit: 'suffix: J/TH', decimals: 1, width: 4 },
    queries: [[family('efficiency_joules_per_terahash'), '']]
  }),
  buildStat({
    ...{ id: 10, title: 'ASIC temperature', unit: units.Celsius, decimals: 1, width: 4, steps: ASIC_STEPS },
    queries: [[`max(${labelled('temperature_celsius', 'sensor=~"asic.*"')})`, '']]
  }),
  buildStat({
    ...{ id: 11, title: 'Best difficulty', unit: units.Short, decimals: 2, width: 4 },
    queries: [[labelled('best_difficulty', 'scope="ever"'), '']]
  }),
  buildStat({
    ...{ id: 12, title: 'Uptime', unit: units.DurationSeconds, width: 4 },
    queries: [[family('uptime_seconds'), '']]
  })
]

const mining = [
  buildChart({
    ...{ id: 14, title: 'Hashrate', unit: units.HashesPerSecond, width: 12 },
    description: 'The averages that the miner reports, and the hashrate expected from its frequency.',
    queries: [...WINDOWS, [family('expected_hashrate_hashes_per_second'), 'expected']]
  }),
  buildChart({
    ...{ id: 15, title: 'Shares per minute', unit: units.Short, width: 12, min: 0 },
    queries: [[`60 * rate(${family('shares_total')}[$__rate_interval])`, '{{result}}']]
  }),
  buildChart({
    ...{ id: 16, title: 'Best difficulty', unit: units.Short, width: 12, min: 0 },
    queries: [
      [family('best_difficulty'), '{{scope}}'],
      [family('pool_difficulty'), 'required by the pool']
    ]
  }),
  buildChart({
    ...{ id: 17, title: 'Hardware errors and pool', unit: units.PercentUnit, width: 12, min: 0 },
    queries: [
      [family('error_ratio'), 'nonces with a hardware error'],
      [family('pool_response_seconds'), 'round-trip time to the pool']
    ],
    overrides: [{ query: 'B', properties: onTheRight(units.Seconds) }]
  })
]

const power = [
  buildChart({
    ...{ id: 19, title: 'Power', unit: units.Watt, width: 12, min: 0 },
    queries: [
      [family('power_watts'), 'power'],
      [family('input_amperes'), 'input current']
    ],
    overrides: [{ query: 'B', properties: onTheRight(units.Ampere) }]
  }),
  buildChart({
    ...{ id: 20, title: 'Efficiency', unit: 'suffix: J/TH', width: 12 },
    description: 'Power divided by hashrate. Lower is better.',
    queries: [[family('efficiency_joules_per_terahash'), 'efficiency']]
  }),
  buildChart({
    ...{ id: 21, title: 'Voltages', unit: units.Volt, decimals: 3, width: 12 },
    queries: [
      [family('core_volts'), 'core, {{kind}}'],
      [family('input_volts'), 'input']
    ],
    overrides: [{ query: 'B', properties: onTheRight(units.Volt) }]
  }),
  buildChart({
    ...{ id: 22, title: 'Frequency', unit: units.Hertz, width: 12 },
    queries: [[family('frequency_hertz'), '{{kind}}']]
  })
]

const cooling = [
  buildChart({
    ...{ id: 24, title: 'Temperatures', unit: units.Celsius, width: 12 },
    queries: [[family('temperature_celsius'), '{{sensor}}']]
  }),
  buildChart({
    ...{ id: 25, title: 'Fans', unit: units.RevolutionsPerMinute, width: 12, min: 0 },
    queries: [
      [family('fan_speed_rpm'), 'fan {{fan}}'],
      [family('fan_speed_ratio'), 'fan {{fan}}, duty']
    ],
    overrides: [{ query: 'B', properties: onTheRight(units.PercentUnit) }]
  })
]

const controller = [
  buildChart({
    ...{ id: 27, title: 'Free memory', unit: units.BytesIEC, width: 8, min: 0 },
    queries: [[family('heap_free_bytes'), '{{region}}']]
  }),
  buildChart({
    ...{ id: 28, title: 'Wi-Fi signal', unit: units.DecibelMilliWatt, width: 8 },
    queries: [[family('wifi_rssi_dbm'), 'RSSI']]
  }),
  buildChart({
    ...{ id: 29, title: 'Uptime', unit: units.Seconds, width: 8, min: 0 },
    description: 'Drops to zero at each restart.',
    queries: [[family('uptime_seconds'), 'uptime']]
  })
]

function onTheRight(unit: string) {
  return [
    { id: 'unit', value: unit },
    { id: 'custom.axisPlacement', value: 'right' }
  ]
}

/** Builds the template of a device's dashboard. */
export function buildDeviceTemplate(): Dashboard {
  const dashboard = beginDashboard('Device', `The miner ${MAC}. Created and kept up to date by Pluto.`)
  const rows = [atAGlance, mining, power, cooling, controller]
  const heads = [
    beginRow(1, 'At a glance'),
    beginRow(13, 'Mining'),
    beginRow(18, 'Power'),
    beginRow(23, 'Cooling'),
    beginRow(26, 'Controller')
  ]
  heads.forEach((head, i) => {
    dashboard.withRow(head)
    for (const panel of rows[i] ?? []) dashboard.withPanel(panel)
  })
  return dashboard.build()
}
