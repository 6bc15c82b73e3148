import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accessRows, describeAccess } from './access-table.ts'

/** Writes `docs/ACCESS.md` from the routes of `docs/openapi.json` and the access rules. */
const docs = join(import.meta.dirname, '../../docs')
const { paths } = JSON.parse(await readFile(join(docs, 'openapi.json'), 'utf8'))
const file = join(docs, 'ACCESS.md')
await writeFile(file, describeAccess(accessRows(paths)))
process.stdout.write(`${file}\n`)
