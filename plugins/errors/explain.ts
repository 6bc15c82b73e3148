import type { FastifySchemaValidationError } from 'fastify'
import type { Detail } from './answer.ts'

const formats: Record<string, string> = {
  mac: 'must be a MAC address like bc:dd:c2:8d:c8:4f',
  address: 'must be an IPv4 address like 192.168.1.20 or 192.168.1.20:8001',
  port: 'must be a port from 1 to 65535',
  uuid: 'must be a UUID like 01890a5d-ac96-774b-bcce-b302099a8057'
}

/** Says for each field of a request what is wrong with it; the alternatives of one field are joined by `or`. */
export function explainValidation(issues: FastifySchemaValidationError[], part = 'request'): Detail[] {
  const byPath = new Map<string, Set<string>>()
  for (const issue of issues) {
    if (issue.keyword === 'anyOf' && issues.length > 1) continue
    const path = [part, ...issue.instancePath.split('/').slice(1)].join('.')
    byPath.set(path, (byPath.get(path) ?? new Set()).add(explain(issue)))
  }
  return [...byPath].map(([path, reasons]) => ({ path, message: [...reasons].join(', or ') }))
}

function explain({ keyword, params, message = 'is not valid' }: FastifySchemaValidationError): string {
  if (keyword === 'additionalProperties') return `has a field that is not known: "${params.additionalProperty}"`
  if (keyword === 'pattern' && params.pattern === '\\S') return 'must not be blank'
  if (keyword === 'format') return formats[String(params.format)] ?? message
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  return message
}
