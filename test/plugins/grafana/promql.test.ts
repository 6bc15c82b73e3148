import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createRenderer } from '../../../plugins/grafana/render.ts'
import { until, watchFleet } from '../../helper.ts'

const absent = spawnSync('prometheus', ['--version']).error !== undefined
const skip = absent && process.env.CI !== 'true' ? 'prometheus is not installed' : false

/** A real Prometheus that scrapes `target` each second. */
async function startPrometheus(t: Test, target: string): Promise<string> {
  const directory = t.testdir()
  const config = join(directory, 'prometheus.yml')
  const job = { job_name: 'pluto', static_configs: [{ targets: [target] }] }
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }))
  const address = `127.0.0.1:${await freePort()}`
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'data')}`, '--log.level=error']
  const child = spawn('prometheus', [...args, `--web.listen-address=${address}`], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await until('Prometheus is ready', () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false
    )
  )
  return `http://${address}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Everything that a dashboard asks, with its intervals as Grafana would fill them in. */
function expressionsOf({ panels }: Record<string, unknown>): string[] {
  const found = JSON.stringify(panels).matchAll(/"expr":("(?:[^"\\]|\\.)*")/g)
  return [...found].map(([, text = '""']) => String(JSON.parse(text)).replaceAll('$__rate_interval', '10s'))
}

t.test('Prometheus has an answer to every question of the dashboards', { skip }, async (t) => {
  // No firmware tells everything: averages over a day, say, are the NerdQAxe's, hardware errors are not.
  const profiles = ['gamma-601-v2.15.3', 'LTS']
  const { app, url, fleet } = await watchFleet(t, {
    devices: 6,
    profiles,
    hostnames: ['bitaxe', '2nd "miner"', 'C:\\']
  })
  const prometheus = await startPrometheus(t, new URL(url).host)
  const renderer = createRenderer('prometheus')
  const devices = fleet.miners.map(({ mac }) => {
    const hostname = app.deviceHub.get(mac)?.reading?.identity.hostname ?? null
    return expressionsOf(renderer.device(mac, hostname).render())
  })
  const overview = expressionsOf(renderer.overview().render())
  t.ok(overview.length > 15)

  async function ask(query: string): Promise<{ status?: string; error?: string; data?: { result: unknown[] } }> {
    const answer = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) })
    return JSON.parse(await answer.text())
  }
  const count = async (query: string) => (await ask(query)).data?.result.length ?? 0
  await until('there is enough to make rates of', () => count('rate(pluto_pool_shares_total[10s])'))

  for (const query of [...overview, ...devices.flat()]) t.match(await ask(query), { status: 'success' }, query)
  for (const query of overview) await until(`there is an answer to ${query}`, () => count(query))
  for (const [i, query] of devices[0]?.entries() ?? []) {
    const variants = devices.map((questions) => questions[i] ?? query)
    await until(`one of the miners answers ${query}`, () => count(variants.join(' or ')))
  }
  t.match(await ask('topk(5, pluto_device_info'), { status: 'error' }, 'an invalid query is detected')

  const worst = overview.filter((query) => query.includes('topk'))
  t.equal(worst.length, 3)
  for (const query of worst) t.equal(await count(query), 5, query)
})
