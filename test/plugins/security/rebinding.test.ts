import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import t from 'tap'
import { serve } from '../../helper.ts'

const CHROMIUM = '/usr/bin/chromium'
const skip = !existsSync(CHROMIUM) && process.env.CI !== 'true' ? `${CHROMIUM} is not installed` : false
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']

/** Runs in the page of the attacker, which has the origin of the service as the browser sees it. */
async function attack(host: string) {
  const ask = async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init)
    return { status: response.status, code: ((await response.json()) as { code?: string }).code }
  }
  const change = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' }
  const stream = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://${host}${path}`)
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })
  return {
    read: await ask('/presets'),
    change: await ask('/presets', change),
    logs: await stream('/logs/stream'),
    engine: await stream('/socket/io?EIO=4&transport=websocket')
  }
}

t.test('P42: a page of a name that is pointed at this machine reads and changes nothing', { skip }, async (t) => {
  const { app, url } = await serve(t)
  const { port } = new URL(url)
  const args = [...FLAGS, '--host-resolver-rules=MAP *.local 127.0.0.1']
  const context = await chromium.launchPersistentContext(t.testdir(), { executablePath: CHROMIUM, args })
  t.teardown(() => context.close())
  const page = await context.newPage()

  const evil = `evil.local:${port}`
  await page.goto(`http://${evil}/healthz`)
  t.match(await page.textContent('body'), 'PLUTO_HOST_NOT_ALLOWED')
  const refused = { status: 403, code: 'PLUTO_HOST_NOT_ALLOWED' }
  t.same(await page.evaluate(attack, evil), { read: refused, change: refused, logs: 'refused', engine: 'refused' })
  t.equal(app.db.presets.size, 0)

  await page.goto(`http://localhost:${port}/healthz`)
  t.match(await page.evaluate(attack, `localhost:${port}`), {
    read: { status: 200 },
    change: { status: 400 },
    logs: 'open',
    engine: 'open'
  })
})
