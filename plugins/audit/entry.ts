import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalizeMac } from '../../src/mac.ts'
import { isChange } from '../../src/http/request.ts'
import type { AuditEntry } from '../../schemas/audit.ts'

/** Devices that one entry names. */
const MOST_DEVICES = 50
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What a request turned out to be about, where its path and body do not say it. */
export interface Concerns {
  preset?: string
  operation?: string
  deviceCount?: number
}

/** Tells whether a request is worth an entry: it may have changed something, or somebody was guessing a token. */
export function isAudited(request: FastifyRequest): boolean {
  return isChange(request) || (request.failureCode === 'PLUTO_UNAUTHORIZED' && 'authorization' in request.headers)
}

/**
 * Says who asked for what. Of path and body it takes nothing but MACs and UUIDs, which it knows by their form: whatever else
 * stands there may be a secret.
 */
export function toEntry(request: FastifyRequest, { statusCode }: FastifyReply): Omit<AuditEntry, 'id'> {
  const { actor, concerns, failureCode, id, ip, is404, method, routeOptions } = request
  const { schema, url } = routeOptions
  return {
    at: new Date().toISOString(),
    actor: actor?.name ?? null,
    ip,
    method,
    route: is404 ? null : (url ?? null),
    operationId: (is404 ? undefined : schema?.operationId) ?? null,
    action: is404 ? 'Nothing that there is' : actionOf(request),
    ...devicesOf(request),
    ...subjectsOf(request),
    ...concerns,
    statusCode,
    code: failureCode,
    requestId: id
  }
}

function actionOf({ body, routeOptions: { schema } }: FastifyRequest): string {
  const words = schema?.summary ?? 'Something without a name'
  const { action, dryRun } = fieldsOf(body)
  // The one command of several that its body names; all of them are words of the schema.
  if (schema?.operationId !== 'changeDevices' || typeof action !== 'string' || !/^[a-z]{1,20}$/.test(action))
    return words
  return `${words}: ${action}${dryRun === true ? ' (dry run)' : ''}`
}

function devicesOf({ body, params }: FastifyRequest): Pick<AuditEntry, 'devices' | 'deviceCount'> {
  const { mac, macs } = fieldsOf(body)
  const named = [fieldsOf(params).id, mac, ...(Array.isArray(macs) ? macs : [])]
  const devices = new Set(named.map(normalizeMac).filter((known) => known !== null))
  return { devices: [...devices].slice(0, MOST_DEVICES), deviceCount: devices.size }
}

function subjectsOf({ body, params, routeOptions: { url = '' } }: FastifyRequest): Concerns {
  const { presetUuid, device } = fieldsOf(body)
  const preset = presetUuid ?? fieldsOf(device).presetUuid
  const id = fieldsOf(params).id
  return {
    ...(isUuid(preset) && { preset }),
    ...(isUuid(id) && url.startsWith('/presets') && { preset: id }),
    ...(isUuid(id) && url.startsWith('/operations') && { operation: id })
  }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)

/** A body is what a client sent: nothing has checked it when the request was refused. */
const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
