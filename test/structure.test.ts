import { spawnSync } from 'node:child_process'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { ESLint } from 'eslint'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')
const MADGE = join(ROOT, 'node_modules/madge/bin/cli.js')
const LONGEST_FILE = 250
const LARGEST_FOLDER = 20
const MOST_LOOSE_FILES = 25
/** Folders of captured data, which grow with every firmware. */
const DATA = /^(test\/fixtures|src\/simulator\/profiles)(\/|$)/

const filesIn = (pattern: string) => globSync(pattern, { cwd: ROOT }).map((file) => file.replaceAll(sep, '/'))
const linesOf = (file: string) => readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length

t.test('no source file is longer than 250 lines', async (t) => {
  const files = filesIn('{src,plugins,routes,schemas,bench}/**/*.ts')
  t.ok(files.length > 300)
  t.same(
    files.map((file) => ({ file, lines: linesOf(file) })).filter(({ lines }) => lines > LONGEST_FILE),
    []
  )
})

t.test('no folder has more than 20 entries, and src and plugins have at most 25 loose files', async (t) => {
  const folders = filesIn('{src,plugins,routes,schemas,bench,test,deploy,docs,clients}/**/').filter(
    (folder) => !DATA.test(folder)
  )
  const entriesOf = (folder: string) => readdirSync(join(ROOT, folder), { withFileTypes: true })
  t.ok(folders.length > 60)
  // The folders in these two are the rooms that app.ts lists.
  const topLevel = ['src', 'plugins', 'test/src', 'test/plugins']
  const sizes = folders
    .filter((folder) => !topLevel.includes(folder))
    .map((folder) => ({ folder, entries: entriesOf(folder).length }))
  t.same(
    sizes.filter(({ entries }) => entries > LARGEST_FOLDER),
    []
  )
  for (const folder of topLevel)
    t.ok(entriesOf(folder).filter((entry) => entry.isFile()).length <= MOST_LOOSE_FILES, folder)
})

t.test('the linter reports an import across each border, and no allowed one', async (t) => {
  const eslint = new ESLint({ cwd: ROOT })
  const crossings = [
    ['routes/health.ts', '../plugins/db/index.ts'],
    ['routes/devices/list.ts', '../../plugins/db/index.ts'],
    ['plugins/bus.ts', './db/index.ts'],
    ['plugins/logs/index.ts', '../db/index.ts'],
    ['plugins/logs/index.ts', '../../routes/health.ts'],
    ['plugins/axeos/wire/http.ts', '../../db/index.ts'],
    ['plugins/axeos/wire/http.ts', '../reading/info.ts'],
    ['plugins/axeos/reading/info.ts', '../commands/commands.ts'],
    ['plugins/axeos/settings/plan.ts', '../streams/live.ts'],
    ['plugins/axeos/commands/commands.ts', '../settings/plan.ts'],
    ['plugins/axeos/streams/live.ts', '../commands/commands.ts'],
    ['src/mac.ts', '../plugins/db/index.ts'],
    ['src/http/tls.ts', '../../plugins/db/index.ts'],
    ['src/simulator/main.ts', '../mac.ts'],
    ['src/simulator/main.ts', '../../plugins/db/index.ts'],
    ['src/simulator/miner/info.ts', '../../mac.ts'],
    ['src/simulator/miner/info.ts', '../../../plugins/db/index.ts']
  ] as const
  const allowed = [
    ['src/app.ts', '../plugins/db/index.ts'],
    ['routes/health.ts', '../schemas/health.ts'],
    ['plugins/logs/index.ts', './views.ts'],
    ['plugins/logs/index.ts', '../../src/mac.ts'],
    ['plugins/axeos/commands/commands.ts', '../reading/info.ts'],
    ['plugins/axeos/reading/info.ts', '../wire/http.ts'],
    ['src/simulator/miner/info.ts', '../random.ts']
  ] as const
  async function reports(file: string, specifier: string): Promise<boolean> {
    const [result] = await eslint.lintText(`import '${specifier}'\n`, { filePath: join(ROOT, file) })
    return result?.messages.some(({ ruleId }) => ruleId === 'no-restricted-imports') ?? false
  }
  for (const [file, specifier] of crossings) t.equal(await reports(file, specifier), true, `${file} → ${specifier}`)
  for (const [file, specifier] of allowed) t.equal(await reports(file, specifier), false, `${file} → ${specifier}`)
})

t.test('npm run lint finds an import circle, also one of types only', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const command = /madge (--.*?) src plugins routes schemas$/.exec(scripts['lint:imports'] ?? '')?.[1] ?? ''
  const check = (files: Record<string, string>) =>
    spawnSync(process.execPath, [MADGE, ...command.split(' '), t.testdir(files)], { encoding: 'utf8' })
  const found = check({
    'a.ts': "import type { B } from './b.ts'\nexport type A = B[]\n",
    'b.ts': "import type { A } from './a.ts'\nexport type B = { a: A }\n"
  })
  t.equal(found.status, 1)
  t.match(found.stdout, /a\.ts > b\.ts/)
  t.equal(
    check({ 'a.ts': "import type { B } from './b.ts'\nexport type A = B[]\n", 'b.ts': 'export type B = 1\n' }).status,
    0
  )
})
