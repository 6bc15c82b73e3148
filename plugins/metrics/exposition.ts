export type Format = 'text' | 'openmetrics'

export const CONTENT_TYPES: Record<Format, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8'
}

export interface FamilyHead {
  readonly name: string
  /** As in the TYPE line: `gauge`, `counter`, `histogram` … */
  readonly type: string
  readonly help: string
}

/** One sample. `labels` is the output of `labelSet`; `name` is set if it differs from the family's. */
export interface Sample {
  labels: string
  value: number | null
  name?: string
}

/**
 * Renders one metric family. Values that are not finite are left out, and so is a family without samples. The formats differ
 * only in the head, where OpenMetrics names a counter without `_total`.
 */
export function renderFamily(family: FamilyHead, samples: Iterable<Sample>, format: Format): string {
  let body = ''
  for (const { labels, value, name = family.name } of samples) {
    if (isPresent(value)) body += `${name}${labels} ${value}\n`
  }
  return body === '' ? '' : renderHead(family, format) + body
}

/** Renders the HELP and TYPE lines of a family. */
export function renderHead({ name, type, help }: FamilyHead, format: Format): string {
  const base = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  return `# HELP ${base} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${base} ${type}\n`
}

/** Whether a value can be exported: it is a number, and neither NaN nor infinite. */
export function isPresent(value: number | null | undefined): value is number {
  return Number.isFinite(value)
}

/** Returns the format for an `Accept` header: OpenMetrics if the header names it and does not prefer plain text. */
export function negotiateFormat(accept = ''): Format {
  const openmetrics = quality(accept, 'application/openmetrics-text')
  return openmetrics > 0 && openmetrics >= quality(accept, 'text/plain') ? 'openmetrics' : 'text'
}

function quality(accept: string, mediaType: string): number {
  const ranges = accept.toLowerCase().split(',')
  const qualities = ranges.map((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    if (type !== mediaType) return 0
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    return q === undefined ? 1 : Number(q.slice(2)) || 0
  })
  return Math.max(...qualities)
}
