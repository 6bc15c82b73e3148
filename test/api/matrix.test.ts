import * as fc from 'fast-check'
import t, { type Test } from 'tap'
import { compileCheck } from '../support/answers.ts'
import { stateOf, until, watchFleet } from '../helper.ts'
import { createArbitrary } from './arbitrary.ts'
import { documentOf, operationsOf, standalone, type Operation, type Parameter, type Schema } from './document.ts'
import { createSpoiler } from './spoil.ts'

/** Bodies of operations with rules that their schema cannot express. */
const SENSIBLE: Record<string, object> = {
  changeDevices: { filter: {}, action: 'identify', dryRun: true },
  changeSettings: { info: { frequency: 600 } },
  createPreset: { name: 'new', configuration: { stratumURL: 'x', stratumPort: '3333', stratumUser: 'x' } },
  changePreset: { configuration: { stratumUser: 'x' } },
  editDevice: { device: { type: 'x' } }
}
const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const
const json = { 'content-type': 'application/json' }

interface Request {
  method?: Operation['method']
  path?: Record<string, string>
  query?: Record<string, string | string[]>
  headers?: Record<string, string>
  payload?: unknown
}

const { app, fleet } = await watchFleet(t, { devices: 3, profiles: ['gamma-601-v2.15.3'], bootTimeMs: 20 })
const document = await documentOf(app)
const operations = operationsOf(document)
const isError = compileCheck(standalone(document, { $ref: '#/components/schemas/Error' }))
const ids: Record<string, string> = {}

/** Restores what earlier requests removed. */
async function restore(): Promise<void> {
  const macs = fleet.miners.map((miner) => miner.mac)
  await app.devices.imprint(macs)
  await app.deviceHub.watchOnly(new Set(macs))
  await until('every miner is online', () => stateOf(app).every((state) => state === 'online'))
  for (const { uuid } of app.presets.list()) await app.presets.remove(uuid)
  const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'me' }
  ids['presets'] = (await app.presets.create({ name: 'kept', configuration })).uuid
  ids['operations'] = (await app.operations.start({ macs, action: 'identify' }, {})).id
}

function words(path: string) {
  const uuid = path.includes('operations') ? ids['operations'] : ids['presets']
  const [{ mac, address } = { mac: '', address: '' }] = fleet.miners
  return { mac: [mac], address: [address], uuid: [uuid], port: ['3333'] }
}

const sampleFor = (path: string) => (schema: Schema, name?: string) =>
  fc.sample(createArbitrary(document, words(path))(schema, name), { seed: 1, numRuns: 1 })[0]

/** A body that is not JSON and comes from the backend: restoring it changes nothing. */
async function savedBackup(): Promise<Request> {
  await until('no operation runs', () => app.operations.list().every(({ finishedAt }) => finishedAt !== undefined))
  const { body } = await app.inject({ method: 'POST', url: '/backup' })
  return { payload: body, headers: { 'content-type': 'application/x-ndjson' } }
}

/** A valid request with only the required parts. */
async function validRequest({ id, path, parameters, body }: Operation): Promise<Request> {
  const sample = sampleFor(path)
  const required = (place: Parameter['in']) =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === place && one.required)
        .map(({ name, schema }) => [name, `${sample(schema)}`])
    )
  return {
    path: required('path'),
    query: required('query'),
    ...(body && { payload: SENSIBLE[id] ?? sample(body) }),
    ...(id === 'restoreBackup' && (await savedBackup()))
  }
}

/** Sends a request to an operation, and checks the answer against the document. @returns the status */
async function send(t: Test, operation: Operation, request: Request, name: string): Promise<number> {
  const { method = operation.method, path = {}, query = {}, payload, headers } = request
  const url = operation.path.replaceAll(/\{(\w+)\}/g, (_, id: string) => encodeURIComponent(path[id] ?? ''))
  const body = typeof payload === 'string' || payload === undefined ? payload : JSON.stringify(payload)
  const all = { ...(body !== undefined && json), ...headers }
  const answer = await app.inject({ method, url, query, headers: all, ...(body !== undefined && { payload: body }) })
  t.ok(operation.responses[answer.statusCode], `${name}: ${answer.statusCode} is documented`)
  t.ok(answer.statusCode < 500, `${name}: ${answer.statusCode} ${answer.statusCode < 500 ? '' : answer.body}`)
  if (answer.statusCode >= 400) {
    t.equal(isError(answer.json()), null, name)
    t.equal(answer.json().statusCode, answer.statusCode, name)
  }
  return answer.statusCode
}

for (const operation of operations) {
  const { method, path, parameters, body } = operation
  t.test(`${method} ${path} answers as documented, for any input`, async (t) => {
    await restore()
    const valid = await validRequest(operation)
    const ok = async (request: Request, name: string) => {
      const status = await send(t, operation, request, name)
      t.ok((status >= 200 && status < 300) || isStream(operation, status), `${name}: ${status} is a success`)
    }
    const refused = async (request: Request, name: string, status = 400) =>
      t.equal(await send(t, operation, request, name), status, name)

    for (const { kind, in: place, name, value, status } of spoiledParameters(parameters)) {
      const part = place === 'header' ? 'headers' : place
      await refused(
        { ...valid, [part]: { ...valid[part as 'query'], [name]: value } },
        `${kind}: ${place} ${name}`,
        status
      )
    }
    if (body) {
      const spoil = createSpoiler(document, sampleFor(path))
      for (const { kind, path, value } of spoil(body, valid.payload, 'body'))
        await refused({ ...valid, payload: value }, `${kind}: ${path}`)
      await refused({ ...valid, payload: '{"a":' }, 'broken JSON')
      await refused({ ...valid, payload: undefined }, 'no body')
      await refused({ ...valid, payload: `"${'x'.repeat(2 ** 21)}"` }, 'a large body', 413)
    }
    if (method !== 'GET') {
      for (const type of ['text/plain', 'text/xml', 'application/x-www-form-urlencoded', 'nonsense'])
        await refused({ ...valid, payload: 'a=b', headers: { 'content-type': type } }, type, 415)
    }
    const other = METHODS.find((one) => !(one.toLowerCase() in (document.paths[path] ?? {}))) ?? 'GET'
    await refused({ ...valid, method: other }, `the method ${other}`, 405)
    await ok({ ...valid, query: { ...valid.query, noSuchKey: 'x' } }, 'valid, with an unknown query parameter')
    await restore()
    await ok(await validRequest(operation), 'valid')
  })
}

/** Whether the operation is a stream, which requires an upgrade that a plain request lacks. */
const isStream = ({ responses }: Operation, status: number) => status === 426 && !('200' in responses)

function* spoiledParameters(parameters: Parameter[]) {
  for (const { in: place, name, schema } of parameters) {
    const check = compileCheck(standalone(document, schema))
    if (check('no such') !== null) yield { kind: 'wrong type', in: place, name, value: 'no such' }
    if (place === 'query') yield { kind: 'wrong type', in: place, name, value: ['a', 'b'] }
    const { maxLength } = schema
    if (maxLength) yield { kind: 'too long', in: place, name, value: 'x'.repeat(maxLength + 1) }
    if (place === 'path') yield { kind: 'too long', in: place, name, value: 'x'.repeat(5000), status: 414 }
  }
}
