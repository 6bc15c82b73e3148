import * as fc from 'fast-check'
import type { Simulator } from '../../../src/simulator/types.ts'
import { createArbitrary } from '../../api/arbitrary.ts'
import { operationsOf, type OpenApi, type Operation, type Schema } from '../../api/document.ts'
import { createRequests, sendRequest, type GeneratedRequest } from '../../api/requests.ts'
import { createSpoiler } from '../../api/spoil.ts'
import { Tally, type Context, type Outcome } from '../part.ts'
import { createRandom, type Random } from '../random.ts'
import { drainLog, type Running } from '../environment.ts'

const BATCH = 100
const AT_ONCE = 4
const SPOILED_SHARE = 0.15
const TIMEOUT_MS = 30_000
/** Placeholders, replaced by an existing preset and operation when the request is sent. */
const PRESET = '00000000-0000-7000-8000-000000000001'
const OPERATION = '00000000-0000-7000-8000-000000000002'

interface Sources {
  requests: fc.Arbitrary<GeneratedRequest>
  spoiled: GeneratedRequest[]
}

/** Sends requests generated from the OpenAPI document, most of them valid, some spoiled: each gets a documented answer. */
export async function fuzzRest(context: Context, running: Running, fleet: Simulator): Promise<Outcome> {
  const total = Math.round(context.options.amounts['fuzz-requests'])
  const document = (await running.client.send('GET', '/documentation/json')).body as OpenApi
  const random = createRandom(context.seed)
  const sources = createSources(document, context, fleet)
  const seen = new Tally()
  const problems: string[] = []
  fleet.miners[0]?.fault('http500')
  fleet.miners[1]?.fault('hang')
  for (let sent = 0; sent < total && problems.length < 20; sent += BATCH) {
    context.progress(`REST: ${sent} of ${total} requests`)
    const fill = await refresh(context, running, fleet, sent)
    const requests = pickRequests(sources, random, context.seed + sent, Math.min(BATCH, total - sent))
    const work = requests.map((request) => fill(request))
    await Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(work, context, running, seen, problems)))
    drainLog(context, running)
  }
  for (const miner of fleet.miners) miner.clearFaults()
  return { done: `REST: ${seen.total} requests, ${seen}`, problems }
}

function createSources(document: OpenApi, { watch, seed }: Context, fleet: Simulator): Sources {
  const macs = fleet.miners.map(({ mac }) => mac)
  const words = {
    mac: [...macs, ...macs.map((mac) => mac.toUpperCase().replaceAll(':', '-')), 'aa:bb:cc:dd:ee:01'],
    address: [...fleet.miners.map(({ address }) => address), '127.0.1.1:9', '8.8.8.8'],
    uuid: [PRESET, OPERATION, '01890a5d-ac96-774b-bcce-b302099a8057'],
    setting: [...Object.keys(fleet.miners[3]?.info() ?? {}), 'stratumPassword', 'wifiPass', '__proto__'],
    stratumPassword: [watch.plant('rest')],
    fallbackStratumPassword: [watch.plant('fallback')],
    'x-totp': [watch.plant('otp')],
    'x-otp-session': [watch.plant('session')]
  }
  const arbitrary = createArbitrary(document, words)
  const operations = operationsOf(document)
  const sample = (schema: Schema, name?: string) => fc.sample(arbitrary(schema, name), { seed, numRuns: 1 })[0]
  return { requests: createRequests(operations, arbitrary), spoiled: spoilBodies(document, operations, sample) }
}

/** Spoils a valid body of each operation in every way. */
function spoilBodies(
  document: OpenApi,
  operations: Operation[],
  sample: (schema: Schema, name?: string) => unknown
): GeneratedRequest[] {
  const spoil = createSpoiler(document, sample)
  return operations.flatMap((operation) => {
    const { body, parameters } = operation
    if (!body) return []
    const id = (name: string) => String(sample(parameters.find((one) => one.name === name)?.schema ?? {}, name))
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(id(name)))
    const headers = { 'content-type': 'application/json' }
    const valid = sample(body)
    const texts = [...spoil(body, valid, 'body')].map(({ value }) => JSON.stringify(value))
    return [...texts, ...deepen(valid)].map((text) => ({ operation, path, headers, body: text }))
  })
}

/** Replaces each field of a body in turn by a value that is nested too deeply for a recursive parser. */
function deepen(body: unknown): string[] {
  const fields = Object.entries(body as object).map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
  const deep = [3000, 100_000].flatMap((depth) => [
    '['.repeat(depth) + ']'.repeat(depth),
    '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  ])
  return [...fields, '"deep":1'].flatMap((field, i) =>
    deep.map((value) => `{${fields.toSpliced(i, 1, field.replace(/:.*/s, `:${value}`)).join(',')}}`)
  )
}

function pickRequests({ requests, spoiled }: Sources, random: Random, seed: number, count: number): GeneratedRequest[] {
  const made = fc.sample(requests, { seed, numRuns: count })
  return made.map((request) => (spoiled.length > 0 && random.chance(SPOILED_SHARE) ? random.pick(spoiled) : request))
}

/** Restores what earlier requests removed. @returns a function that fills in the existing preset and operation */
async function refresh({ watch }: Context, { client }: Running, fleet: Simulator, round: number) {
  const macs = fleet.miners.map(({ mac }) => mac)
  const stratumPassword = watch.plant(`round-${round}`)
  const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'me', stratumPassword }
  await client.send('PUT', '/devices/imprint', { macs })
  const idOf = async (path: string, body: object) =>
    (await client.send('POST', path, body)).body as { data?: { uuid?: string; id?: string } }
  const preset = (await idOf('/presets', { name: `fuzz ${round}`, configuration })).data?.uuid ?? PRESET
  const operation = (await idOf('/devices/bulk', { macs, action: 'identify' })).data?.id ?? OPERATION
  const fill = (text: string) => text.replaceAll(PRESET, preset).replaceAll(OPERATION, operation)
  return (request: GeneratedRequest): GeneratedRequest => ({
    ...request,
    path: fill(request.path),
    body: request.body && fill(request.body)
  })
}

async function sendAll(
  work: GeneratedRequest[],
  { watch }: Context,
  { client }: Running,
  seen: Tally,
  problems: string[]
) {
  for (let request = work.pop(); request; request = work.pop()) {
    const { operation, path, body = '' } = request
    const sent = `${operation.method} ${path.slice(0, 300)} ${body.slice(0, 300)}`
    try {
      const { status, text } = await sendRequest(client.url, request, TIMEOUT_MS)
      seen.add(status)
      watch.search('answers', sent, text)
      const problem = findProblem(operation, status, text)
      if (problem) problems.push(`${problem}: ${sent} ${status} ${text.slice(0, 300)}`)
    } catch (error) {
      problems.push(`no answer (${String(error)}): ${sent}`)
    }
  }
}

/** Failures that the backend only passes on, or after which the client should retry. */
const PASSED_ON = /^(MINER_|NOT_A_MINER|DISCOVERY_|PROMETHEUS_|POLL_ABORTED)/

function findProblem({ responses }: Operation, status: number, text: string): string | null {
  if (!responses[status]) return 'not documented'
  if (status < 500) return null
  const { code } = JSON.parse(text) as { code: string }
  return PASSED_ON.test(code) ? null : 'an unexpected failure'
}
