import type { FastifyInstance } from 'fastify'
import { BulkRequestError, PresetUnknownError } from '../../src/errors.ts'
import type { BulkBody } from '../../schemas/operation.ts'

/** Beside which action each field belongs: required there, and refused anywhere else. */
const BELONGS = { settings: 'settings', presetUuid: 'preset' } as const

/**
 * Checks what the schema of the body cannot say about its fields.
 * @throws {BulkRequestError} naming the field @throws {PresetUnknownError}
 */
export function checkRequest(body: BulkBody, presets: Pick<FastifyInstance['presets'], 'has'>): void {
  if ((body.macs === undefined) === (body.filter === undefined)) {
    throw new BulkRequestError('body must hold either macs or filter, and not both')
  }
  for (const field of ['settings', 'presetUuid'] as const) {
    const given = body[field] !== undefined
    const wanted = body.action === BELONGS[field]
    if (wanted && !given) throw new BulkRequestError(`body.${field} is required for the action ${body.action}`)
    if (given && !wanted) throw new BulkRequestError(`body.${field} is not for the action ${body.action}: leave it out`)
  }
  if (body.presetUuid !== undefined && !presets.has(body.presetUuid)) throw new PresetUnknownError(body.presetUuid)
}
