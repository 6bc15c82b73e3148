import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { validate } from 'dockerfile-utils'
import t, { type Test } from 'tap'
import { certificate } from '../support/certificate.ts'
import { build } from '../helper.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** The instructions of a Dockerfile, each on one line. */
function instructionsOf(file: string): string[] {
  const lines = read(file).replaceAll('\\\n', ' ').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replaceAll(/ +/g, ' '))
}

/** The argument list of an instruction in exec form: in shell form, signals would not reach the process. */
function execForm(file: string, instruction: string): string[] {
  const line = instructionsOf(file).findLast((text) => text.startsWith(`${instruction} `)) ?? ''
  return JSON.parse(/\[.*\]$/.exec(line)?.[0] ?? '[]')
}

/** Compiles as the image does, without type checks, into a directory below the project, so that its node_modules are found. */
function compile(t: Test): string {
  const directory = t.testdir()
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(directory, 'dist'), '--noCheck']
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.equal(status, 0, stdout)
  return directory
}

/** The packages that the compiled backend loads. The image never starts the simulator. */
function packagesOf(dist: string): string[] {
  const files = globSync('**/*.js', { cwd: dist }).filter((file) => !/^src\/simulator\//.test(file))
  const names = new Set<string>()
  for (const file of files) {
    const imports = readFileSync(join(dist, file), 'utf8').matchAll(/(?:from |^import |\.url\)\()'([^.'][^']*)'/gm)
    for (const [, name = ''] of imports) names.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
  }
  return [...names].filter((name) => !name.startsWith('node:'))
}

/** Waits until the backend listens and returns its URL. */
async function listening({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the output of the backend is not piped')
  for await (const line of createInterface({ input: stdout })) {
    const url = /Server listening at (http:\/\/[\d.]+:\d+)/.exec(line)?.[1]
    if (url) return url
  }
  throw new Error('the backend ended before it listened')
}

t.test(
  'what the image starts is built without development modules, starts, is healthy, and stops with 0 on SIGTERM',
  async (t) => {
    const cwd = compile(t)
    const [node, ...args] = execForm('Dockerfile', 'CMD')
    t.equal(node, 'node')
    t.ok(existsSync(join(cwd, args.at(-1) ?? '')))
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const packages = packagesOf(join(cwd, 'dist'))
    t.ok(packages.includes('fastify-metrics'))
    t.same(
      packages.filter((name) => !dependencies[name]),
      []
    )

    const env = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(cwd, 'data'), DISCOVERY_MDNS: 'false' }
    const backend = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(backend, 'exit')
    t.teardown(() => void backend.kill('SIGKILL'))

    const url = await listening(backend)
    t.same(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' })
    t.equal((await fetch(`${url}/devices/imprint`)).status, 200, 'the routes are found below dist')

    const [, ...healthCheck] = execForm('Dockerfile', 'HEALTHCHECK')
    const isHealthy = () => spawnSync(process.execPath, healthCheck, { env: { PORT: new URL(url).port } }).status
    t.equal(isHealthy(), 0)
    backend.kill('SIGTERM')
    t.same(await ended, [0, null])
    t.equal(isHealthy(), 1)
  }
)

t.test('the container is healthy with its own certificate too', async (t) => {
  const app = await build(t, certificate(t.testdir()))
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const [node, ...healthCheck] = execForm('Dockerfile', 'HEALTHCHECK')
  t.equal(node, 'node')
  const env = { PORT: port, TLS_CERT: app.config.TLS_CERT }
  // In a separate process, because this one has to answer.
  const [status] = await once(spawn(process.execPath, healthCheck, { env, stdio: 'ignore' }), 'exit')
  t.equal(status, 0)
})

t.test('a linter accepts the Dockerfiles, and rejects a wrong one', async (t) => {
  for (const file of ['Dockerfile', 'Dockerfile.development']) t.same(validate(read(file)), [], file)
  t.match(validate(read('Dockerfile').replace('--interval', '--intervall')), [{ message: 'Unknown flag: intervall' }])
})

t.test('the image is built in two stages, holds no development modules, and runs as node', async (t) => {
  const instructions = instructionsOf('Dockerfile')
  const stages = instructions.filter((line) => line.startsWith('FROM '))
  t.same(stages, ['FROM node:24-slim AS build', 'FROM node:24-slim'])
  const runtime = instructions.slice(instructions.lastIndexOf('FROM node:24-slim'))
  t.match(runtime, [/^FROM/, /^ENV HOST=0\.0\.0\.0 DATA_DIR=\/data NODE_ENV=production$/])
  t.ok(runtime.some((line) => line.startsWith('RUN npm ci --omit=dev')))
  t.notOk(runtime.some((line) => line.startsWith('RUN npm ci &&') || line === 'RUN npm ci'))
  const order = ['RUN mkdir /data && chown node:node /data', 'VOLUME /data', 'USER node', 'EXPOSE 3000']
  t.same(
    runtime.filter((line) => order.includes(line)),
    order
  )
})

t.test('the build context has exactly what the Dockerfile copies, nothing secret or large', async (t) => {
  const [first, ...allowed] = read('.dockerignore').trim().split('\n')
  t.equal(first, '*')
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ')
  )
  t.same([...new Set(copied)].map((file) => `!${file}`).sort(), allowed.sort())
  for (const file of copied) t.ok(existsSync(join(ROOT, file)), file)
})

t.test('the development image runs an existing script, and its inspector is reachable', async (t) => {
  const [npm, run, script = ''] = execForm('Dockerfile.development', 'CMD')
  t.same([npm, run], ['npm', 'run'])
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  t.match(scripts[script], '--inspect')
  const instructions = instructionsOf('Dockerfile.development')
  t.ok(instructions.includes('FROM node:24-slim'))
  t.ok(instructions.includes('USER node'))
  t.ok(instructions.includes('EXPOSE 3000 9229'))
  t.ok(instructions.some((line) => line.startsWith('ENV ') && line.includes('--inspect-port=0.0.0.0:9229')))
})
