import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { TSchema } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { ConfigSchema } from '../src/config.ts'
import { simulate } from './helper.ts'
import { PAGES, ROOT, blocksOf, read, rowsOf, sectionOf } from './support/pages.ts'

/** The pages whose commands build on each other, in their order. */
const WALK = ['README.md', 'docs/DEMO.md']

async function startDemo(t: Test): Promise<string> {
  const { PATH = '' } = process.env
  const demo = spawn(process.execPath, ['src/demo.ts'], {
    cwd: ROOT,
    env: { PATH, PORT: '0', POLL_INTERVAL_MS: '1000' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(demo, 'exit')
  t.teardown(async () => {
    demo.kill()
    await ended
  })
  for await (const line of createInterface({ input: demo.stdout })) {
    const url = /^Pluto backend +(\S+)/.exec(line)?.[1]
    if (url) return url
  }
  throw new Error('the demo has ended before it listened')
}

/** Runs a block as the shell would, and ends it with all that it has started when it does not end by itself. */
async function run(command: string, cwd: string) {
  const bash = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const limit = setTimeout(() => process.kill(-Number(bash.pid)), 20_000)
  const [output, complaint, [status]] = await Promise.all([text(bash.stdout), text(bash.stderr), once(bash, 'exit')])
  clearTimeout(limit)
  return { status, output, complaint }
}

/** Why a block cannot run here, or false. Continuous integration has to have every tool. */
function lacksTool(block: string): string | false {
  const missing = ['curl', 'jq', 'promtool'].find(
    (tool) => block.includes(tool) && spawnSync(tool, ['--version']).error !== undefined
  )
  return missing && process.env.CI !== 'true' ? `${missing} is not installed` : false
}

t.test(
  'the commands of the README and of docs/DEMO.md run as printed, one after the other, and say something',
  async (t) => {
    const { host } = new URL(await startDemo(t))
    const cwd = t.testdir()
    const blocks = WALK.flatMap(blocksOf).filter(({ language }) => language === 'sh')
    t.ok(blocks.length > 10)
    for (const { text: block } of blocks) {
      if (!t.passing()) break
      const [title = ''] = block.split('\n')
      await t.test(title, { skip: lacksTool(block) }, async (t) => {
        const command = block.replaceAll('localhost:3000', host)
        const { status, output, complaint } = await run(command, cwd)
        t.equal(status, 0, complaint)
        t.not(output.trim(), '')
      })
    }
  }
)

t.test('the README and docs/DEMO.md fence nothing but what runs here, what cannot, and what comes out', async (t) => {
  // `console` is what no test can run: `npm ci` would take the modules away from under it, `npm start` and the simulator do
  // not end and want ports of their own, there is no real miner, and no Docker engine.
  t.same([...new Set(WALK.flatMap(blocksOf).map(({ language }) => language))].sort(), ['console', 'sh', 'text'])
})

t.test('the settings for a thousand miners in docs/DEMO.md are those that the simulator prints', async (t) => {
  const { networks, port } = await simulate(t, { devices: 1000 })
  const printed = `DISCOVERY_NETWORKS=${networks.replaceAll(`:${port}`, ':8001')}`
  for (const language of ['text', 'console'])
    t.ok(
      blocksOf('docs/DEMO.md').some((block) => block.language === language && block.text.includes(printed)),
      language
    )
})

const settings = Object.entries<TSchema>(ConfigSchema.properties)

function typeOf({ anyOf, type, format, minimum, maximum }: TSchema): string {
  if (anyOf) return anyOf.map((option: { const: string }) => `\`${option.const}\``).join(', ')
  if (type === 'integer') return `integer, ${minimum} to ${maximum}`
  if (type === 'boolean') return 'boolean'
  return (
    { 'http-url': 'URL', networks: 'list', targets: 'list', origins: 'list', hosts: 'list', tokens: 'list' }[
      String(format)
    ] ?? 'text'
  )
}

t.test('docs/DEVELOPMENT.md has every setting as it is, and nothing else', async (t) => {
  const rows = rowsOf(sectionOf('docs/DEVELOPMENT.md', 'Configuration')).slice(2)
  t.same(
    rows.map(([name]) => name),
    settings.map(([name]) => `\`${name}\``)
  )
  for (const [name, schema] of settings) {
    const [, type, unit, preset, meaning] = rows.find(([cell]) => cell === `\`${name}\``) ?? []
    const shown = schema.default === undefined ? 'unset' : schema.default === '' ? 'empty' : `\`${schema.default}\``
    t.same([type, preset, meaning], [typeOf(schema), shown, schema.description], name)
    t.equal(unit === 'ms', name.endsWith('_MS'), `unit of ${name}`)
  }
})

t.test('.env.example has every setting with its meaning and default, and sets nothing', async (t) => {
  const found = [...read('.env.example').matchAll(/^# (.+)\n# ([A-Z_]+)=(.*)$/gm)].map(([, ...parts]) => parts)
  t.same(
    found,
    settings.map(([name, { description, default: preset }]) => [description, name, String(preset ?? '')])
  )
  t.notMatch(read('.env.example'), /^[^#\n]/m)
})

t.test('the README shows settings with their defaults', async (t) => {
  const rows = rowsOf(read('README.md')).filter(([name]) => /^`[A-Z_]+`$/.test(name ?? ''))
  t.ok(rows.length > 0)
  for (const [name = '', preset = ''] of rows) {
    const schema = settings.find(([setting]) => name === `\`${setting}\``)?.[1]
    t.ok(schema, name)
    if (preset.startsWith('`')) t.equal(preset, `\`${schema?.default}\``, name)
  }
})

t.test('docs/SERVICES.md has a section for every plugin, in the order of src/app.ts', async (t) => {
  const plugins = [...read('src/app.ts').matchAll(/^ {2}await app\.register\((\w+)/gm)].map(([, name]) => name)
  t.ok(plugins.length > 5)
  const sections = [...read('docs/SERVICES.md').matchAll(/^## (.+)$/gm)].map(([, name]) => name)
  t.same(sections, plugins)
})

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

t.test('every link of the README and the docs leads somewhere', async (t) => {
  for (const page of PAGES) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file = '', anchor] = target.split('#')
      const path = file === '' ? page : join(dirname(page), file)
      t.ok(existsSync(join(ROOT, path)), `${page}: ${target}`)
      if (anchor === undefined) continue
      const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
      t.ok(headings.includes(anchor), `${page}: ${target}`)
    }
  }
})

t.test('every file, folder and script that the README and the docs name is there', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const page of PAGES) {
    for (const [, path = ''] of read(page).matchAll(/`((?:src|plugins|routes|schemas|test|docs)\/[\w./-]*)`/g))
      t.ok(existsSync(join(ROOT, path)) || existsSync(join(ROOT, dirname(page), path)), `${page}: ${path}`)
    for (const [, script = ''] of read(page).matchAll(/npm run (?:--\S+ )?([a-z:-]+)/g))
      t.ok(scripts[script], `${page}: npm run ${script}`)
  }
})

t.test('every compiled file that a page or the deployment runs has a source', async (t) => {
  const files = [...PAGES, 'Dockerfile', 'package.json', ...globSync('deploy/*.yml', { cwd: ROOT })]
  const compiled = files.flatMap((file) =>
    [...read(file).matchAll(/\bdist\/([\w/-]+)\.js\b/g)].map(([, path = '']) => path)
  )
  t.ok(compiled.length > 3)
  for (const path of compiled) t.ok(existsSync(join(ROOT, `${path}.ts`)), path)
})

t.test(
  'the pitfalls in docs/DEVELOPMENT.md are numbered from P01, each with test files that have a test of its number',
  async (t) => {
    const rows = rowsOf(sectionOf('docs/DEVELOPMENT.md', 'Pitfalls and their tests')).slice(2)
    t.ok(rows.length >= 50)
    const numbers = Array.from({ length: rows.length }, (_, i) => `P${String(i + 1).padStart(2, '0')}`)
    t.same(
      rows.map(([number]) => number),
      numbers
    )
    for (const [number = '', , tests = '', guards = ''] of rows) {
      const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
      t.ok(files.length > 0 && /`(src|plugins|routes|schemas)\/[^`]+\.ts`/.test(guards), number)
      const title = new RegExp(`\\bt\\.test\\(\\s*['"\`](P\\d\\d )*${number}:? `)
      for (const file of files) t.match(read(file), title, `${number}: ${file}`)
    }
  }
)
