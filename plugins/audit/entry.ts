import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalizeMac } from '../../src/mac.ts'
import { isChange } from '../../src/http/request.ts'
import type { AuditEntry } from '../../schemas/audit.ts'

/** Most devices that one entry lists. */
const MAX_DEVICES = 50
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What a request affects. */
export interface AuditSubject {
  preset?: string
  operation?: string
  deviceCount?: number
}

/** Whether a request gets an entry: it may have changed something, or presented a wrong token. */
export function isAudited(request: FastifyRequest): boolean {
  return isChange(request) || (request.failureCode === 'PLUTO_UNAUTHORIZED' && 'authorization' in request.headers)
}

/**
 * The entry of a request that has been answered. Of path and body it holds only values with the form of a MAC or a UUID,
 * because anything else may be a secret.
 */
export function toAuditEntry(request: FastifyRequest, { statusCode }: FastifyReply): Omit<AuditEntry, 'id'> {
  const { actor, auditSubject, failureCode, id, ip, is404, method, routeOptions } = request
  const { schema, url } = routeOptions
  return {
    at: new Date().toISOString(),
    actor: actor?.name ?? null,
    ip,
    method,
    route: is404 ? null : (url ?? null),
    operationId: (is404 ? undefined : schema?.operationId) ?? null,
    action: is404 ? 'Unknown route' : actionOf(request),
    ...devicesOf(request),
    ...subjectOf(request),
    ...auditSubject,
    statusCode,
    code: failureCode,
    requestId: id
  }
}

function actionOf({ body, routeOptions: { schema } }: FastifyRequest): string {
  const summary = schema?.summary ?? 'Unnamed action'
  const { action, dryRun } = fieldsOf(body)
  // The body names the command. Only a single word is taken from it: a refused body may hold anything.
  if (schema?.operationId !== 'changeDevices' || typeof action !== 'string' || !/^[a-z]{1,20}$/.test(action))
    return summary
  return `${summary}: ${action}${dryRun === true ? ' (dry run)' : ''}`
}

function devicesOf({ body, params }: FastifyRequest): Pick<AuditEntry, 'devices' | 'deviceCount'> {
  const { mac, macs } = fieldsOf(body)
  const named = [fieldsOf(params).id, mac, ...(Array.isArray(macs) ? macs : [])]
  const devices = new Set(named.map(normalizeMac).filter((known) => known !== null))
  return { devices: [...devices].slice(0, MAX_DEVICES), deviceCount: devices.size }
}

function subjectOf({ body, params, routeOptions: { url = '' } }: FastifyRequest): AuditSubject {
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

/** The fields of a body that may not have been validated: a refused request is audited too. */
const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
