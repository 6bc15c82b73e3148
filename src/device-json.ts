import type { Device } from '../schemas/device.ts'
import { Attached } from './attached.ts'
import { inSlices } from './in-slices.ts'

const COMMA = Buffer.from(',')
const infos = new Attached<object, Buffer>('json')

/**
 * Writes an answer with a list of devices as JSON. What a miner told is most of it, and becomes bytes once for each of
 * the miner's answers, however often it is listed: of 1,000 devices that are polled every 5 s, 200 in a second. A long
 * list lets others have their turn.
 */
export async function devicesToJson({ data, ...rest }: { data: Partial<Device>[] }): Promise<Buffer> {
  const parts = [Buffer.from(`${open(rest)}"data":[`)]
  for await (const device of inSlices(data)) {
    if (parts.length > 1) parts.push(COMMA)
    pushDevice(parts, device)
  }
  parts.push(Buffer.from(']}'))
  return Buffer.concat(parts)
}

function pushDevice(parts: Buffer[], { info, ...rest }: Partial<Device>): void {
  if (typeof info !== 'object' || info === null) parts.push(Buffer.from(JSON.stringify(rest)))
  else parts.push(Buffer.from(`${open(rest)}"info":`), infoToJson(info), Buffer.from('}'))
}

/** An object as JSON, without its closing brace, so that one more field may follow. */
function open(fields: object): string {
  const text = JSON.stringify(fields).slice(0, -1)
  return text === '{' ? text : `${text},`
}

function infoToJson(info: object): Buffer {
  const known = infos.get(info)
  if (known) return known
  const bytes = Buffer.from(JSON.stringify(info))
  infos.set(info, bytes)
  return bytes
}
