import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { chromium, type ConsoleMessage, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { formats } from '../../src/http/validation.ts'
import { serve, watchFleet } from '../helper.ts'

const CHROMIUM = '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]
const skip = !existsSync(CHROMIUM) && process.env.CI !== 'true' ? `${CHROMIUM} is not installed` : false

/** Opens a page in a browser with an empty profile, and records its requests and its errors. */
async function open(t: Test, url: string) {
  const context = await chromium.launchPersistentContext(t.testdir(), { executablePath: CHROMIUM, args: FLAGS })
  t.teardown(() => context.close())
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  page.on('console', (message: ConsoleMessage) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  await page.goto(url)
  return { page, requests, complaints }
}

/** Expands an operation, sends it with its examples, and returns the displayed status and body. */
async function execute(page: Page, tag: string, operationId: string) {
  const operation = page.locator(`#operations-${tag}-${operationId}`)
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute', exact: true }).click()
  const answer = operation.locator('.live-responses-table .response')
  const status = await answer.locator('.response-col_status').innerText()
  return { status: status.trim(), body: await answer.locator('.microlight').first().innerText() }
}

t.test('the page at /documentation calls only the backend', { skip }, async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 2 })
  const { page, requests, complaints } = await open(t, `${url}/documentation`)
  t.equal(await page.title(), 'Pluto backend')
  t.match(await execute(page, 'service', 'getHealth'), { status: /^200/, body: /"status": "ok"/ })
  const listed = await execute(page, 'devices', 'listDevices')
  t.match(listed.status, /^200/)
  for (const { mac } of fleet.miners) t.match(listed.body, mac)
  await page.screenshot({ path: join(process.env.SCREENSHOT_DIR ?? t.testdirName, 'documentation.png') })
  t.ok(requests.includes(`${url}/healthz`))
  t.same(
    requests.filter((request) => !request.startsWith(`${url}/`) && !request.startsWith('data:')),
    []
  )
  t.same(complaints, [])
})

t.test(
  'the page accepts a token, keeps it when it is opened again, and sends it to the backend',
  { skip },
  async (t) => {
    const API_TOKEN = 'a-token-of-at-least-32-characters-000'
    const { url } = await serve(t, { API_TOKEN })
    const { page } = await open(t, `${url}/documentation`)
    t.match(await execute(page, 'devices', 'listDevices'), { status: /^401/, body: /"message"/ })
    await page.locator('.auth-wrapper').getByRole('button', { name: 'Authorize' }).click()
    await page.getByLabel('auth-bearer-value').fill(API_TOKEN)
    await page.locator('.auth-btn-wrapper').getByRole('button', { name: 'Apply' }).click()
    await page.goto(`${url}/documentation`)
    t.match(await execute(page, 'devices', 'listDevices'), { status: /^200/, body: /"data": \[\]/ })
  }
)

const openapi = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))

/** Yields every example of the document with the pointer to its schema. */
function* examplesIn(node: unknown, pointer = ''): Generator<{ pointer: string; value: unknown }> {
  if (typeof node !== 'object' || node === null) return
  const { schema, example, examples } = node as Record<string, unknown>
  if (Array.isArray(examples)) yield* examples.map((value) => ({ pointer, value }))
  if (schema && example !== undefined) yield { pointer: `${pointer}/schema`, value: example }
  if (schema && examples && !Array.isArray(examples))
    for (const { value } of Object.values(examples)) yield { pointer: `${pointer}/schema`, value }
  for (const [key, value] of Object.entries(node)) {
    if (key === 'example' || key === 'examples') continue
    yield* examplesIn(value, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

t.test('every example of the OpenAPI document matches its schema', async (t) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: true, formats })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'openapi', ...openapi })
  const examples = [...examplesIn(openapi)]
  t.ok(examples.length > 20)
  for (const { pointer, value } of examples) {
    const isValid = ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` })
    t.ok(isValid(value), `${pointer}: ${ajv.errorsText(isValid.errors)}`)
  }
})

t.test('every request body has an example', async (t) => {
  for (const [path, operations] of Object.entries<object>(openapi.paths))
    for (const [method, { requestBody }] of Object.entries(operations))
      for (const media of Object.values<object>(requestBody?.content ?? {}))
        t.ok('example' in media || 'examples' in media, `${method} ${path}`)
})

t.test('the page omits optional parameters, so its requests return everything', async (t) => {
  for (const operations of Object.values<object>(openapi.paths))
    for (const { operationId, parameters = [] } of Object.values(operations))
      for (const { name, required, schema, example, examples } of parameters) {
        t.notOk(required && schema.default !== undefined, `${operationId}: ${name} has a default`)
        t.notOk(!required && (example ?? examples), `${operationId}: ${name} has an example`)
      }
})
