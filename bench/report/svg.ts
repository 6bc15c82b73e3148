interface Line {
  name: string
  points: [number, number][]
}

export interface Chart {
  title: string
  lines: Line[]
}

const SIZE = { width: 400, height: 280 }
const MARGIN = { left: 50, right: 16, top: 34, bottom: 52 }
const COLOURS = ['#0969da', '#bc4c00']
const STEPS = 4
const INNER = { width: SIZE.width - MARGIN.left - MARGIN.right, height: SIZE.height - MARGIN.top - MARGIN.bottom }

/** Draws charts side by side as an SVG document. The horizontal axis, the number of devices, is logarithmic. */
export function plot(charts: Chart[]): string {
  const width = SIZE.width * charts.length
  const parts = charts.map((chart, i) => `<g transform="translate(${i * SIZE.width} 0)">${drawChart(chart)}</g>`)
  const style = 'font-family="sans-serif" font-size="11" fill="#24292f"'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${SIZE.height}" ${style}>`,
    `<rect width="${width}" height="${SIZE.height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    ''
  ].join('\n')
}

function drawChart({ title, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points)
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b)
  const top = niceTop(Math.max(0, ...points.map(([, y]) => y).filter(Number.isFinite)))
  const [least, most] = [Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 1)]
  const across = (x: number) =>
    MARGIN.left + INNER.width * (most > least ? (Math.log(x) - least) / (most - least) : 0.5)
  const up = (y: number) => MARGIN.top + INNER.height * (1 - y / top)
  return [
    text(MARGIN.left, 18, title, 'font-weight="bold"'),
    ...Array.from({ length: STEPS + 1 }, (_, i) => drawStep((top / STEPS) * i, up)),
    ...xs.map((x) => text(across(x), SIZE.height - MARGIN.bottom + 16, String(x), 'text-anchor="middle"')),
    ...lines.map((line, i) => drawLine(line, COLOURS[i % COLOURS.length] ?? '#000', across, up)),
    ...lines.map(({ name }, i) => drawLegend(name, i))
  ].join('\n')
}

function drawStep(y: number, up: (y: number) => number): string {
  const line = `<path d="M${MARGIN.left} ${up(y)}h${INNER.width}" stroke="#d0d7de"/>`
  return line + text(MARGIN.left - 6, up(y) + 4, String(Number(y.toPrecision(3))), 'text-anchor="end"')
}

function drawLine({ points }: Line, colour: string, across: (x: number) => number, up: (y: number) => number): string {
  const known = points.filter(([, y]) => Number.isFinite(y)).map(([x, y]) => [across(x).toFixed(1), up(y).toFixed(1)])
  const path = `<polyline points="${known.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
  return path + known.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`).join('')
}

function drawLegend(name: string, i: number): string {
  const x = MARGIN.left + i * 130
  const y = SIZE.height - 14
  return `<circle cx="${x}" cy="${y}" r="4" fill="${COLOURS[i % COLOURS.length]}"/>${text(x + 9, y + 4, name)}`
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content.replaceAll('<', '&lt;')}</text>`
}

/** Rounds up to 1, 2, 4, 6 or 8 times a power of ten, so that four steps have readable labels. */
function niceTop(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 4, 6, 8, 10].find((factor) => factor * power >= value) ?? 10)
}
