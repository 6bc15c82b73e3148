import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { describeEvents } from './asyncapi.ts'

/** Writes `docs/asyncapi.yaml`, which describes the Socket.IO events and WebSocket streams. */
const file = join(import.meta.dirname, '../../docs/asyncapi.yaml')
await writeFile(file, stringify(describeEvents(), { aliasDuplicateObjects: false, lineWidth: 0 }))
process.stdout.write(`${file}\n`)
