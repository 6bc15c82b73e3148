import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import { ConfigSchema } from '../config.ts'

/** Writes the table of settings in `docs/DEVELOPMENT.md` and the file `.env.example` from the schema of the settings. */
const root = join(import.meta.dirname, '../..')
const guide = join(root, 'docs/DEVELOPMENT.md')
const settings = Object.entries<TSchema>(ConfigSchema.properties)

const LISTS = new Set(['networks', 'targets', 'origins', 'hosts', 'tokens'])

function typeOf({ anyOf, type, format, minimum, maximum }: TSchema): string {
  if (anyOf) return anyOf.map((option: { const: string }) => `\`${option.const}\``).join(', ')
  if (type === 'integer') return `integer, ${minimum} to ${maximum}`
  if (type === 'boolean') return 'boolean'
  if (format === 'http-url') return 'URL'
  return LISTS.has(String(format)) ? 'list' : 'text'
}

function rowOf([name, schema]: [string, TSchema]): string {
  const shown = schema.default === undefined ? 'unset' : schema.default === '' ? 'empty' : `\`${schema.default}\``
  return `| \`${name}\` | ${typeOf(schema)} | ${name.endsWith('_MS') ? 'ms' : ''} | ${shown} | ${schema.description} |`
}

const head = ['| Name | Type | Unit | Default | Meaning |', '| --- | --- | --- | --- | --- |']
const table = [...head, ...settings.map(rowOf)].join('\n')
const text = await readFile(guide, 'utf8')
await writeFile(
  guide,
  text.replace(/\| Name +\| Type[^]*?\n(?=\n)/, () => `${table}\n`)
)

const intro = `# Settings of the Pluto backend with their defaults. Copy this file to .env and uncomment the settings to change.
# npm start reads .env; for a container, use docker run --env-file .env
`
const lines = settings.map(([name, schema]) => `\n# ${schema.description}\n# ${name}=${schema.default ?? ''}\n`)
await writeFile(join(root, '.env.example'), intro + lines.join(''))
