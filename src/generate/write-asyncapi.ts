import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { describeEvents } from './asyncapi.ts'

/** Writes `docs/asyncapi.yaml`, the document of the Socket.IO events and the WebSocket streams. */
const file = join(import.meta.dirname, '../../docs/asyncapi.yaml')
await writeFile(file, stringify(describeEvents(), { aliasDuplicateObjects: false, lineWidth: 0 }))
process.stdout.write(`${file}\n`)
