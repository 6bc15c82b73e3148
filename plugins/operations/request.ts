import type { FastifyInstance } from 'fastify'
import { PresetUnknownError } from '../../src/errors/presets.ts'
import type { BulkBody } from '../../schemas/operation.ts'

/** The action that requires each field; all other actions refuse it. */
const ACTION_OF = { settings: 'settings', presetUuid: 'preset' } as const

/**
 * Checks what the schema of the body cannot express.
 * @throws a validation error like the schema's @throws {PresetUnknownError}
 */
export function checkRequest(body: BulkBody, presets: Pick<FastifyInstance['presets'], 'has'>): void {
  if ((body.macs === undefined) === (body.filter === undefined)) {
    throw invalid('', 'must have exactly one of macs and filter')
  }
  for (const field of ['settings', 'presetUuid'] as const) {
    const isGiven = body[field] !== undefined
    const isRequired = body.action === ACTION_OF[field]
    if (isRequired && !isGiven) throw invalid(`/${field}`, `is required for the action ${body.action}`)
    if (isGiven && !isRequired) throw invalid(`/${field}`, `must be left out for the action ${body.action}`)
  }
  if (body.presetUuid !== undefined && !presets.has(body.presetUuid)) throw new PresetUnknownError(body.presetUuid)
}

/** Creates an error in the validator's form, so that it is answered like other validation errors. */
function invalid(instancePath: string, message: string): Error {
  const issue = { keyword: 'request', instancePath, schemaPath: '', params: {}, message }
  return Object.assign(new Error(message), { validation: [issue], validationContext: 'body' })
}
