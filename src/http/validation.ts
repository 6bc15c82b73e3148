import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import StringifyCompiler, { type Serializer, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import { normalizeMac } from '../mac.ts'
import { parseAddress } from '../network.ts'

type Validator = ReturnType<ReturnType<BuildCompilerFromPool>>

/** Formats beyond those of `ajv-formats`, for requests and responses. */
export const formats = {
  mac: (value: string) => normalizeMac(value) !== null,
  address: (value: string) => parseAddress(value) !== null,
  port: (value: string) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
}

/**
 * When schemas are compiled. `eager`: before the service is ready, so a broken one fails the start with the method and URL of
 * its route. `lazy`: on first use, for tests, which start hundreds of apps and need few of the schemas (0.2 s of CPU each).
 */
export type Compilation = 'eager' | 'lazy'

const customOptions = { removeAdditional: false as const, formats }
const ajv = AjvCompiler()
const stringify = StringifyCompiler()

/**
 * How requests are validated and responses serialized. Bodies are taken as they are: a null or a "5" is never turned into a
 * number. Path and query values are coerced, because all of them arrive as text. Unknown fields are never removed.
 */
export const schemaControllers = { eager: createController('eager'), lazy: createController('lazy') }

/** Schemas of the same text are compiled once per process, for all routes and apps that share them. */
function createController(compilation: Compilation) {
  const validatorsWith = createCache<Validator>()
  const serializersWith = createCache<Serializer>()
  const isLazy = compilation === 'lazy'

  const buildValidator: BuildCompilerFromPool = (externalSchemas) => {
    const strict = ajv(externalSchemas, { customOptions: { ...customOptions, coerceTypes: false } })
    const coercing = ajv(externalSchemas, { customOptions: { ...customOptions, coerceTypes: 'array' } })
    const cached = validatorsWith(externalSchemas)
    return (definition, meta) => {
      const { schema, httpPart } = partOf(definition)
      const build = () => (httpPart === 'body' ? strict : coercing)(definition, meta)
      return cached([httpPart === 'body', schema], () => (isLazy ? validateLater(build) : build()))
    }
  }

  const buildSerializer: SerializerFactory = (externalSchemas, options) => {
    const compile = stringify(externalSchemas, options)
    const cached = serializersWith(externalSchemas)
    return (definition) => {
      const build = () => compile(definition)
      return cached(definition.schema, () => (isLazy ? serializeLater(build) : build()))
    }
  }

  return { compilersFactory: { buildValidator, buildSerializer } }
}

/** Fastify passes one part of a route here, although the type says that it is a schema. */
const partOf = (definition: unknown) => definition as { httpPart?: string; schema: unknown }

/** Caches by the text of a schema, and of the external schemas that it may refer to. */
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

/** Fastify reads the errors from a property of the function that it has called. */
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
