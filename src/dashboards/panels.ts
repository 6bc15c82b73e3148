import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder
} from '@grafana/grafana-foundation-sdk/common'
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
  type Threshold,
  type ValueMapping
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { DATASOURCE } from './placeholders.ts'

/** A query of a panel, and the legend of its lines, bars or number. */
export type Query = [expr: string, legend: string]

/** The value from which a colour applies; null for the lowest. */
export type Step = [from: number | null, color: string]

interface PanelOptions {
  /** Must never change or be reused: links to the panel contain it. */
  id: number
  title: string
  unit: string
  queries: Query[]
  /** Columns out of 24. */
  width: number
  description?: string
  decimals?: number
  min?: number
  max?: number
  steps?: Step[]
  mappings?: ValueMapping[]
}

const datasource = { type: 'prometheus', uid: DATASOURCE }
const STAT_HEIGHT = 4
const CHART_HEIGHT = 8

type AnyPanel = stat.PanelBuilder | timeseries.PanelBuilder | bargauge.PanelBuilder

function applyOptions<T extends AnyPanel>(panel: T, options: PanelOptions, instant: boolean): T {
  const { id, title, unit, queries, width, description, decimals, min, max, steps, mappings } = options
  panel.id(id).title(title).unit(unit).span(width).datasource(datasource)
  queries.forEach(([expr, legend], i) => {
    const query = new prometheus.DataqueryBuilder().refId('ABCDEFGH'.charAt(i)).expr(expr).legendFormat(legend)
    panel.withTarget((instant ? query.instant() : query.range()).datasource(datasource))
  })
  if (description !== undefined) panel.description(description)
  if (decimals !== undefined) panel.decimals(decimals)
  if (min !== undefined) panel.min(min)
  if (max !== undefined) panel.max(max)
  if (mappings) panel.mappings(mappings)
  return steps ? applySteps(panel, steps) : panel
}

function applySteps<T extends AnyPanel>(panel: T, steps: Step[]): T {
  const thresholds = steps.map(([value, color]): Threshold => ({ value, color }))
  panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholds))
  return panel
}

const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull'])

/** Builds a panel of one large number, with its line in the background unless it is a text. */
export function buildStat({ text, ...options }: PanelOptions & { text?: 'value' | 'name' }) {
  const panel = new stat.PanelBuilder()
    .height(STAT_HEIGHT)
    .reduceOptions(lastValue())
    .colorMode(options.steps ? BigValueColorMode.Background : BigValueColorMode.Value)
    .graphMode(text ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .textMode(text === 'name' ? BigValueTextMode.Name : BigValueTextMode.Auto)
  if (!options.steps) panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('text'))
  return applyOptions(panel, options, text !== undefined)
}

interface ChartOptions extends PanelOptions {
  stacked?: boolean
  /** Display options of one query, such as its own axis on the right. */
  overrides?: { query: string; properties: DynamicConfigValue[] }[]
}

/** Builds a panel of lines over time. The legend shows the last, lowest and highest value of each. */
export function buildChart({ stacked, overrides = [], ...options }: ChartOptions) {
  const panel = new timeseries.PanelBuilder()
    .height(CHART_HEIGHT)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 8)
    .showPoints(VisibilityMode.Never)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'min', 'max'])
    )
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  for (const { query, properties } of overrides) panel.overrideByQuery(query, properties)
  return applyOptions(panel, options, false)
}

/** Builds a panel of bars that compare current values. */
export function buildBars(options: PanelOptions) {
  const panel = new bargauge.PanelBuilder()
    .height(CHART_HEIGHT)
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
  if (!options.steps) panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
  return applyOptions(panel, options, true)
}
