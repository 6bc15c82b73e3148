import type { FastifyInstance } from 'fastify'

/** The part of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean
  required?: string[]
  items?: Schema
  example?: unknown
  examples?: unknown[]
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
}

export interface Parameter {
  in: 'path' | 'query' | 'header'
  name: string
  required?: boolean
  schema: Schema
  example?: unknown
}

type Content = Record<string, { schema: Schema }>

export interface Operation {
  id: string
  summary: string
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  parameters: Parameter[]
  body: Schema | null
  responses: Record<string, { content?: Content; description: string }>
}

export interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, RawOperation>>
  components: { schemas: Record<string, Schema> }
}

interface RawOperation {
  operationId: string
  summary: string
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Operation['responses']
}

/** Returns the OpenAPI document of a backend, as a client reads it. */
export async function documentOf(app: FastifyInstance): Promise<OpenApi> {
  await app.ready()
  return JSON.parse(JSON.stringify(app.swagger())) as OpenApi
}

/** Lists all operations of the document. */
export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, summary, parameters = [], requestBody, responses }]) => ({
      id: operationId,
      summary,
      method: method.toUpperCase() as Operation['method'],
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
      responses
    }))
  )
}

/** Follows a reference; returns a schema without reference unchanged. */
export function resolve(document: OpenApi, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1)
  return (name !== undefined && document.components.schemas[name]) || schema
}

/** Adds the components to a schema, so that it can be compiled by itself. */
export const standalone = (document: OpenApi, schema: Schema) => ({ ...schema, components: document.components })
