import { recordWrite, sendError, sendJson, type Exchange } from '../http/exchange.ts'
import { isFields, parseJson } from '../json.ts'
import { clearPool, readPool, storePools } from './pools.ts'
import { answerByWriteFault } from './patch.ts'

/** `PUT /api/system/pools/N`, since v2.15.0 (AXEOS.md 1.2). */
export function putPool(exchange: Exchange): void {
  if (answerByWriteFault(exchange)) return
  const slot = slotOf(exchange)
  if (slot === null) return
  if (exchange.body === '') return fail(exchange, 'Invalid request length')
  const body = parseJson(exchange.body)
  if (body === undefined) return fail(exchange, 'Invalid JSON')
  const pool = isFields(body) ? readPool(body, slot) : null
  if (!pool) return fail(exchange, 'Invalid pool configuration payload')
  recordWrite(exchange, 200, storePools(exchange.state, [pool]))
  sendJson(exchange, { message: 'Pool updated successfully' })
}

/** `DELETE /api/system/pools/N`: refused for the two pools in use. */
export function deletePool(exchange: Exchange): void {
  if (answerByWriteFault(exchange)) return
  const slot = slotOf(exchange)
  if (slot === null) return
  const { stored } = exchange.state
  if (slot === stored['primaryPoolIndex'] || slot === stored['secondaryPoolIndex']) {
    return fail(exchange, 'Cannot delete a pool that is currently selected as primary or fallback')
  }
  clearPool(exchange.state, slot)
  recordWrite(exchange, 200, { pools: [{ id: slot }] })
  sendJson(exchange, { message: 'Pool cleared successfully' })
}

function slotOf(exchange: Exchange): number | null {
  const text = exchange.path.split('/').at(-1) ?? ''
  if (/^[0-7]$/.test(text)) return Number(text)
  fail(exchange, text === '' ? 'Missing pool index' : 'Invalid pool index')
  return null
}

function fail(exchange: Exchange, text: string): void {
  recordWrite(exchange, 400, {})
  sendError(exchange, 400, text)
}
