import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../app.ts'
import { loadConfig } from '../config.ts'

/** Writes `docs/openapi.json`, the document that the service serves at `/documentation/json`. */
const DATA_DIR = await mkdtemp(join(tmpdir(), 'pluto-openapi-'))
const app = await buildApp(loadConfig({ DATA_DIR, LOG_LEVEL: 'silent', DISCOVERY_MDNS: 'false' }))
await app.ready()
const file = join(import.meta.dirname, '../../docs/openapi.json')
await writeFile(file, `${JSON.stringify(app.swagger(), null, 2)}\n`)
await app.close()
await rm(DATA_DIR, { recursive: true })
process.stdout.write(`${file}\n`)
