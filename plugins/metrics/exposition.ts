export type Format = 'text' | 'openmetrics'

export const CONTENT_TYPES: Record<Format, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8'
}

const FORMATS: Record<string, Format> = { 'text/plain': 'text', 'application/openmetrics-text': 'openmetrics' }

export interface FamilyHead {
  readonly name: string
  /** As it stands behind TYPE: `gauge`, `counter`, `histogram` … */
  readonly type: string
  readonly help: string
}

/** One sample: its labels as `labelSet` writes them, its value, and its name where that is not the family's. */
export interface Sample {
  labels: string
  value: number | null
  name?: string
}

/**
 * Writes one metric family. What is not a finite number is absent, and a family without samples is not written at all.
 * The formats differ in the head alone: OpenMetrics names a counter without its `_total`.
 */
export function renderFamily(family: FamilyHead, samples: Iterable<Sample>, format: Format): string {
  let body = ''
  for (const { labels, value, name = family.name } of samples) {
    if (isPresent(value)) body += `${name}${labels} ${value}\n`
  }
  return body === '' ? '' : head(family, format) + body
}

/** Writes the HELP and TYPE that stand before the samples of a family. */
export function head({ name, type, help }: FamilyHead, format: Format): string {
  const base = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  return `# HELP ${base} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${base} ${type}\n`
}

/** Tells a number that may be exported from null, NaN and infinity. */
export function isPresent(value: number | null | undefined): value is number {
  return Number.isFinite(value)
}

/** The format for a scraper that accepts these media types, best first: plain text if it names neither format. */
export function formatFor(mediaTypes: string[]): Format {
  const preferred = mediaTypes.map((type) => type.toLowerCase()).find((type) => type in FORMATS)
  return FORMATS[preferred ?? ''] ?? 'text'
}
