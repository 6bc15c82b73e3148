import AjvCompiler from '@fastify/ajv-compiler'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import { formats } from '../../src/http/validation.ts'

/** Returns what is wrong with a value; null when it is valid. */
export type Check = (value: unknown) => string | null

/** Compiles a check of a JSON schema. `shared` are the schemas to which it may refer by `$id`. */
export function compileCheck(schema: object, shared: Record<string, unknown> = {}): Check {
  const customOptions = {
    coerceTypes: false as const,
    removeAdditional: false as const,
    useDefaults: false,
    strict: false,
    formats
  }
  const validate = AjvCompiler()(shared as Record<string, object>, { customOptions })({
    schema,
    method: '',
    url: '',
    httpPart: ''
  })
  return (value) => {
    if (validate(value)) return null
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join(', ')
  }
}

const checks = new Map<string, Check>()

/**
 * Checks every answer of a backend, over sockets and by `inject`, against the schema that its route documents for the status.
 * An undocumented answer fails the test at its end. Routes without an `operationId` are not checked: the pages under
 * `/documentation` and routes added by tests. The answer to an unknown route must be an error object.
 */
export function watchAnswers(t: Test, app: FastifyInstance): void {
  const problems: string[] = []
  t.teardown(async () => {
    if (problems.length > 0) throw new Error(`answers that are not as documented:\n${problems.join('\n')}`)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const problem = findProblem(app, request, reply, payload)
    if (problem) problems.push(`${request.method} ${request.url} ${reply.statusCode}: ${problem}`)
  })
}

type Documented = { content?: object } | undefined

function findProblem(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, payload: unknown) {
  const { schema } = request.routeOptions
  const operation = request.is404 ? 'no operation' : schema?.operationId
  if (operation === undefined) return null
  const responses = request.is404 ? {} : (schema?.response as Record<number, Documented>)
  const documented = request.is404 ? { $ref: 'Error#' } : responses[reply.statusCode]
  if (!documented) return 'this status is not documented'
  const [type = ''] = String(reply.getHeader('content-type') ?? '').split(';')
  if ('content' in documented && documented.content) return type in documented.content ? null : `its type is "${type}"`
  if (typeof payload !== 'string' || payload === '') return null
  if (type !== 'application/json') return `its type is "${type}"`
  const name = `${operation} ${reply.statusCode}`
  const check = checks.get(name) ?? compileCheck(documented, app.getSchemas())
  checks.set(name, check)
  return check(JSON.parse(payload))
}
