import { hash } from 'node:crypto'
import type { Device } from '../schemas/device.ts'
import { Attached } from './attached.ts'
import { inSlices } from './in-slices.ts'

const COMMA = 0x2c

/** A piece of an answer, with what has to be known of it to put the whole together. */
interface Piece {
  text: string
  bytes: number
  digest: string
}

const texts = new Attached<object, string>('json')
const pieces = new Attached<object, Piece>('piece')

/** A device as JSON: written once, however often it is told and listed. Of it nothing may be changed any more. */
export function deviceToJson(device: Readonly<Partial<Device>>): string {
  const known = texts.get(device)
  if (known !== undefined) return known
  const text = JSON.stringify(device)
  texts.set(device, text)
  return text
}

/**
 * Writes an answer with a list of devices as JSON. A long list lets others have their turn.
 * @returns the answer, and its weak `ETag`: made of those of its pieces, because to look at the whole at once kept the event
 * loop for 1.4 ms with 1,000 devices
 */
export async function devicesToJson(answer: {
  data: Readonly<Partial<Device>>[]
}): Promise<{ body: Buffer; etag: string }> {
  const { data, ...rest } = answer
  const devices: Piece[] = []
  for await (const device of inSlices(data)) devices.push(pieceOf(device))
  const opening = toPiece(`${open(rest)}"data":[`)
  const digests = [opening, ...devices].map(({ digest }) => digest)
  return { body: join(opening, devices, toPiece(']}')), etag: `W/"${hash('sha1', digests.join(), 'base64')}"` }
}

function pieceOf(device: Readonly<Partial<Device>>): Piece {
  const known = pieces.get(device)
  if (known) return known
  const piece = toPiece(deviceToJson(device))
  pieces.set(device, piece)
  return piece
}

function toPiece(text: string): Piece {
  return { text, bytes: Buffer.byteLength(text), digest: hash('sha1', text, 'base64') }
}

/** An object as JSON, without its closing brace, so that one more field may follow. */
function open(fields: object): string {
  const text = JSON.stringify(fields).slice(0, -1)
  return text === '{' ? text : `${text},`
}

/** Straight into bytes: as one text it would be on V8's heap, which is then collected more often. */
function join(opening: Piece, items: Piece[], closing: Piece): Buffer {
  const commas = Math.max(0, items.length - 1)
  const size = [opening, ...items, closing].reduce((sum, { bytes }) => sum + bytes, commas)
  const whole = Buffer.allocUnsafe(size)
  let end = whole.write(opening.text)
  items.forEach(({ text }, i) => {
    if (i > 0) whole[end++] = COMMA
    end += whole.write(text, end)
  })
  whole.write(closing.text, end)
  return whole
}
