import type { FastifyInstance } from 'fastify'
import { PresetUnknownError } from '../../src/errors/presets.ts'
import type { BulkBody } from '../../schemas/operation.ts'

/** Beside which action each field belongs: required there, and refused anywhere else. */
const ACTION_OF = { settings: 'settings', presetUuid: 'preset' } as const

/**
 * Checks what the schema of the body cannot say about its fields.
 * @throws a validation error as the schema would @throws {PresetUnknownError}
 */
export function checkRequest(body: BulkBody, presets: Pick<FastifyInstance['presets'], 'has'>): void {
  if ((body.macs === undefined) === (body.filter === undefined)) {
    throw invalid('', 'must hold either macs or filter, and not both')
  }
  for (const field of ['settings', 'presetUuid'] as const) {
    const isGiven = body[field] !== undefined
    const isWanted = body.action === ACTION_OF[field]
    if (isWanted && !isGiven) throw invalid(`/${field}`, `is required for the action ${body.action}`)
    if (isGiven && !isWanted) throw invalid(`/${field}`, `is not for the action ${body.action}: leave it out`)
  }
  if (body.presetUuid !== undefined && !presets.has(body.presetUuid)) throw new PresetUnknownError(body.presetUuid)
}

/** An error in the form in which the validator makes them, so that it is answered like all others. */
function invalid(instancePath: string, message: string): Error {
  const issue = { keyword: 'request', instancePath, schemaPath: '', params: {}, message }
  return Object.assign(new Error(message), { validation: [issue], validationContext: 'body' })
}
