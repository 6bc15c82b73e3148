import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import StringifyCompiler, { type Serializer, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import { normalizeMac } from '../mac.ts'
import { parseAddress } from '../network.ts'

type Validator = ReturnType<ReturnType<BuildCompilerFromPool>>

/** Formats of our own, for requests and answers alike. */
export const formats = {
  mac: (value: string) => normalizeMac(value) !== null,
  address: (value: string) => parseAddress(value) !== null,
  port: (value: string) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
}

const customOptions = { removeAdditional: false as const, formats }

// Compiling is most of a start (0.25 s of CPU), and few of the schemas are used in an hour: so each is compiled when it is
// asked for first, and once, whichever routes and apps of a process share it. Tests ask for all of them.
const ajv = AjvCompiler()
const stringify = StringifyCompiler()
const validatorsWith = createCache<Validator>()
const serializersWith = createCache<Serializer>()

const buildValidator: BuildCompilerFromPool = (externalSchemas) => {
  const strict = ajv(externalSchemas, { customOptions: { ...customOptions, coerceTypes: false } })
  const coercing = ajv(externalSchemas, { customOptions: { ...customOptions, coerceTypes: 'array' } })
  const cached = validatorsWith(externalSchemas)
  return (definition, meta) => {
    const { schema, httpPart } = partOf(definition)
    const compile = httpPart === 'body' ? strict : coercing
    return cached([httpPart === 'body', schema], () => validateLater(() => compile(definition, meta)))
  }
}

const buildSerializer: SerializerFactory = (externalSchemas, options) => {
  const compile = stringify(externalSchemas, options)
  const cached = serializersWith(externalSchemas)
  return (definition) => cached(definition.schema, () => serializeLater(() => compile(definition)))
}

/**
 * How requests are validated: bodies as they are (a null or a "5" is never turned into a number), path and query values
 * with coercion, since everything there is text. Nothing unknown is removed in silence.
 */
export const schemaController = { compilersFactory: { buildValidator, buildSerializer } }

/** Fastify hands its compilers a part of a route where their type promises a schema. */
const partOf = (definition: unknown) => definition as { httpPart?: string; schema: unknown }

/** Keeps what was made of a schema, which may refer to the external ones, by what the schema says. */
function createCache<T>() {
  const byExternals = new Map<string, Map<string, T>>()
  return (externalSchemas: unknown) => {
    const externals = JSON.stringify(externalSchemas)
    const known = byExternals.get(externals) ?? new Map<string, T>()
    byExternals.set(externals, known)
    return (schema: unknown, make: () => T): T => {
      const key = JSON.stringify(schema)
      const made = known.get(key) ?? make()
      known.set(key, made)
      return made
    }
  }
}

/** Fastify reads what is wrong from the function that has just said that something is. */
function validateLater(compile: () => Validator): Validator {
  let validate: Validator | undefined
  const lazy = (data: unknown) => {
    validate ??= compile()
    const result = validate(data)
    lazy.errors = validate.errors
    return result
  }
  lazy.errors = undefined as Validator['errors']
  return lazy as Validator
}

function serializeLater(compile: () => Serializer): Serializer {
  let serialize: Serializer | undefined
  return (value) => (serialize ??= compile())(value)
}
