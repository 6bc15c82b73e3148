import { setImmediate } from 'node:timers/promises'
import { InvalidCursorError } from './errors/requests.ts'

/** The page and order of a list. `sort` is a field name; a leading `-` sorts in descending order. */
export interface PageQuery {
  limit?: number
  cursor?: string
  sort?: string
}

export interface Page<T> {
  items: T[]
  /** How many there are in all. */
  total: number
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null
}

type Sortable = string | number | null
type Position = [value: Sortable, id: string]

/**
 * Cuts one page out of a list. A cursor is the place of the last item of the page before, not a count, so that a list
 * that grows or shrinks in between neither repeats an item nor leaves one out.
 * @param valueOf what a list is sorted by; what has no value comes last
 * @throws {InvalidCursorError} the cursor is not one that this list has given out
 */
export function pageOf<T>(
  list: T[],
  { limit, cursor, sort }: PageQuery & { sort: string },
  valueOf: (item: T, field: string) => Sortable,
  idOf: (item: T) => string
): Page<T> {
  const descending = sort.startsWith('-')
  const field = descending ? sort.slice(1) : sort
  const places = list.map((item): [Position, T] => [[valueOf(item, field), idOf(item)], item])
  const order = (a: Position, b: Position) => comparePositions(a, b, descending)
  places.sort(([a], [b]) => order(a, b))
  const after = cursor === undefined ? null : decode(cursor)
  const rest = after ? places.filter(([place]) => order(place, after) > 0) : places
  const part = rest.slice(0, limit ?? rest.length)
  const last = part.at(-1)
  const nextCursor = last && part.length < rest.length ? encode(last[0]) : null
  return { items: part.map(([, item]) => item), total: list.length, nextCursor }
}

function comparePositions([a, idA]: Position, [b, idB]: Position, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null) || compare(idA, idB)
  return descending ? compare(b, a) || compare(idB, idA) : compare(a, b) || compare(idA, idB)
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const encode = (place: Position) => Buffer.from(JSON.stringify(place)).toString('base64url')

function decode(cursor: string): Position {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (isPosition(place)) return place
  } catch {
    // Falls through to the one error that a client can do something about.
  }
  throw new InvalidCursorError()
}

function isPosition(place: unknown): place is Position {
  if (!Array.isArray(place) || place.length !== 2) return false
  const [value, id] = place
  return typeof id === 'string' && (value === null || typeof value === 'string' || typeof value === 'number')
}

/** Longest time that iterating a list blocks the event loop. */
const SLICE_MS = 8

/** Iterates over a long list, and yields to the event loop whenever 8 ms have passed. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  let sliceStart = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - sliceStart < SLICE_MS) continue
    await setImmediate()
    sliceStart = performance.now()
  }
}
