import type { Device } from '../schemas/device.ts'
import { Attached } from './attached.ts'
import { inSlices } from './in-slices.ts'

const texts = new Attached<object, string>('json')

/** A device as JSON: written once, however often it is told and listed. Of it nothing may be changed any more. */
export function deviceToJson(device: Readonly<Partial<Device>>): string {
  const known = texts.get(device)
  if (known !== undefined) return known
  const text = JSON.stringify(device)
  texts.set(device, text)
  return text
}

/** Writes an answer with a list of devices as JSON. A long list lets others have their turn. */
export async function devicesToJson({ data, ...rest }: { data: Readonly<Partial<Device>>[] }): Promise<Buffer> {
  const parts = [`${open(rest)}"data":[`]
  for await (const device of inSlices(data)) parts.push(deviceToJson(device), ',')
  if (data.length > 0) parts.pop()
  return toBytes([...parts, ']}'])
}

/** An object as JSON, without its closing brace, so that one more field may follow. */
function open(fields: object): string {
  const text = JSON.stringify(fields).slice(0, -1)
  return text === '{' ? text : `${text},`
}

/** As one text they would be on V8's heap, which it then collects more often. */
function toBytes(parts: string[]): Buffer {
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0))
  let end = 0
  for (const part of parts) end += bytes.write(part, end)
  return bytes
}
