import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createPlutoClient, PlutoError, PlutoUnreachableError, unwrap } from '../../clients/typescript/src/index.ts'
import { reach, serve, simulate, watchFleet } from '../helper.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = 'clients/typescript/example.ts'
const UNKNOWN_MAC = '00:00:5e:00:53:01'

/** Runs a Node.js program in the project's directory, while this process keeps serving. */
async function run(file: string, ...args: string[]) {
  const child = execFile(process.execPath, [file, ...args], { cwd: ROOT })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (output.stdout += chunk))
  child.stderr?.on('data', (chunk) => (output.stderr += chunk))
  const [status] = await once(child, 'close')
  return { status, ...output }
}
const tool = (name: string) => join('node_modules', '.bin', name)

/** Returns a free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('the types of the client match docs/openapi.json: otherwise run npm run client', async (t) => {
  const types = 'clients/typescript/src/schema.d.ts'
  const { status, stderr } = await run(tool('openapi-typescript'), 'docs/openapi.json', '--output', types, '--check')
  t.equal(status, 0, stderr)
})

t.test('the example discovers, imprints and prints a fleet, one line for each miner', async (t) => {
  const fleet = await simulate(t, { devices: 3, profiles: ['gamma-601-v2.1', 'v2.15.3'] })
  const { app, url } = await serve(t, reach(fleet))
  const { status, stdout, stderr } = await run(EXAMPLE, '--url', url)
  t.equal(status, 0, stderr)
  const [header = '', ...rows] = stdout.trimEnd().split('\n')
  t.match(header, /^MAC +Address +Name +Type +Firmware +State +GH\/s +°C$/)
  t.equal(rows.length, 3)
  for (const { mac, address } of fleet.miners) t.match(stdout, `${mac}  ${address}`)
  t.same(
    app.devices
      .list()
      .map(({ mac }) => mac)
      .sort(),
    fleet.miners.map(({ mac }) => mac).sort()
  )
})

t.test('the example changes nothing with --list', async (t) => {
  const fleet = await simulate(t, { devices: 2 })
  const { app, url } = await serve(t, reach(fleet))
  t.match(await run(EXAMPLE, '--url', url, '--list'), { status: 0, stdout: 'No miner is imprinted\n' })
  t.same(app.devices.list(), [])
})

t.test('the example prints its usage, and what is wrong', async (t) => {
  t.match(await run(EXAMPLE, '--help'), { status: 0, stdout: /Usage: npm run client:example -- .*--url/ })
  t.match(await run(EXAMPLE, '--wrong'), { status: 1, stderr: /--wrong.*\n\n.*\n\nUsage/ })
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const { status, stdout, stderr } = await run(EXAMPLE, '--url', nowhere)
  t.equal(status, 1)
  t.equal(stdout, '')
  t.equal(stderr, `No backend answers at ${nowhere}. Start one with npm run demo, or set another --url\n`)
})

t.test('an error of the backend is thrown with its status, code and message', async (t) => {
  const { url } = await serve(t)
  const client = createPlutoClient({ baseUrl: url })
  const asking = client.GET('/devices/imprint/{id}', { params: { path: { id: UNKNOWN_MAC } } })
  await t.rejects(unwrap(asking), {
    constructor: PlutoError,
    status: 404,
    code: 'PLUTO_DEVICE_NOT_FOUND',
    message: `${UNKNOWN_MAC} is not an imprinted device: see GET /devices/imprint`,
    failure: { error: 'Not Found', requestId: String }
  })
  // @ts-expect-error the compiler rejects the body, and the backend answers with the field
  const { error } = await client.PUT('/devices/imprint', { body: { macs: 'all' } })
  t.match(error, { code: 'PLUTO_INVALID_REQUEST', details: [{ path: 'macs' }] })
})

t.test('an answer that is not from a backend is an error with its status', async (t) => {
  const fetch = async () => new Response('<h1>Bad Gateway</h1>', { status: 502, statusText: 'Bad Gateway' })
  const client = createPlutoClient({ baseUrl: 'http://pluto.local', fetch })
  await t.rejects(unwrap(client.GET('/presets')), { status: 502, code: 'UNKNOWN', message: /502 Bad Gateway/ })
})

t.test('an unreachable backend is an error that says so, and an aborted request stays an AbortError', async (t) => {
  const client = createPlutoClient({ baseUrl: `http://127.0.0.1:${await freePort()}` })
  await t.rejects(client.GET('/healthz'), { constructor: PlutoUnreachableError, cause: TypeError })
  await t.rejects(client.GET('/healthz', { signal: AbortSignal.abort() }), { name: 'AbortError' })
})

t.test('the token goes with every request, over the fetch that was given', async (t) => {
  const requests: Request[] = []
  const fetch = async (request: Request) => {
    requests.push(request)
    return Response.json({ status: 'ok' })
  }
  const client = createPlutoClient({ baseUrl: 'http://pluto.local/api/', token: 'secret', fetch })
  t.same(await unwrap(client.GET('/healthz')), { status: 'ok' })
  t.match(requests, [{ url: 'http://pluto.local/api/healthz' }])
  t.equal(requests[0]?.headers.get('authorization'), 'Bearer secret')
})

t.test('path, query, header and body of a request arrive', async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 2 })
  const client = createPlutoClient({ baseUrl: url })
  const [miner] = fleet.miners
  const path = { id: miner?.mac ?? '' }
  const { data: page, total } = await unwrap(client.GET('/devices/imprint', { params: { query: { limit: 1 } } }))
  t.same([page.length, total], [1, 2])
  const body = { device: { type: 'Attic' } }
  t.match(await unwrap(client.PATCH('/devices/imprint/{id}', { params: { path }, body })), { data: { type: 'Attic' } })
  const header = { 'x-totp': '123456' }
  t.match(await unwrap(client.POST('/devices/{id}/system/restart', { params: { path, header } })), {
    data: { mac: path.id }
  })
  t.match(await unwrap(client.GET('/metrics', { parseAs: 'text' })), /^pluto_devices\{/m)
  t.match(await unwrap(client.DELETE('/devices/imprint/{id}', { params: { path } })), { data: { mac: path.id } })
  // @ts-expect-error there is no such route
  t.match(await client.GET('/device'), { response: { status: 404 } })
})
