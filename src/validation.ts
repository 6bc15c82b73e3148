import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
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

/**
 * How requests are validated: bodies as they are (a null or a "5" is never turned into a number), path and query values
 * with coercion, since everything there is text. Nothing unknown is removed in silence.
 */
export const schemaController = { compilersFactory: { buildValidator } }

/** Fastify hands its compilers a route definition where their type promises a schema. */
const isBody = (definition: unknown) => (definition as { httpPart?: string }).httpPart === 'body'
