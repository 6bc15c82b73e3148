import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import StringifyCompiler, { type Serializer, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import { normalizeMac } from './mac.ts'
import { parseAddress } from './network.ts'

/** Formats of our own, for requests and answers alike. */
export const formats = {
  mac: (value: string) => normalizeMac(value) !== null,
  address: (value: string) => parseAddress(value) !== null,
  port: (value: string) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
}

const customOptions = { removeAdditional: false as const, formats }

const buildValidator: BuildCompilerFromPool = (externalSchemas) => {
  const compile = AjvCompiler()
  const strict = compile(externalSchemas, { customOptions: { ...customOptions, coerceTypes: false } })
  const coercing = compile(externalSchemas, { customOptions: { ...customOptions, coerceTypes: 'array' } })
  return (schema, meta) => (isBody(schema) ? strict : coercing)(schema, meta)
}

/** Makes one serializer for each schema instead of one for each route and status: most of them are that of an error. */
const buildSerializer: SerializerFactory = (externalSchemas, options) => {
  const compile = StringifyCompiler()(externalSchemas, options)
  const serializers = new Map<string, Serializer>()
  return (definition) => {
    const key = JSON.stringify(definition.schema)
    const serializer = serializers.get(key) ?? compile(definition)
    serializers.set(key, serializer)
    return serializer
  }
}

/**
 * How requests are validated: bodies as they are (a null or a "5" is never turned into a number), path and query values
 * with coercion, since everything there is text. Nothing unknown is removed in silence.
 */
export const schemaController = { compilersFactory: { buildValidator, buildSerializer } }

/** Fastify hands its compilers a route definition where their type promises a schema. */
const isBody = (definition: unknown) => (definition as { httpPart?: string }).httpPart === 'body'
