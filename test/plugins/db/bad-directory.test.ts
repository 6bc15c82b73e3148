import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../../plugins/db/store.ts'
import { Backend } from '../../support/process.ts'

t.jobs = 3

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const isRoot = process.getuid?.() === 0

/** A file system, which only root may mount; null where that is not allowed. */
function mount(t: Test, options: string): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-bad-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).status !== 0) return null
  t.teardown(() => void spawnSync('umount', ['-l', directory]))
  return directory
}

/** Makes a DATA_DIR that cannot work; null where this user may not. */
const directories: Record<string, (t: Test) => string | null> = {
  'below /proc': () => '/proc/x',
  '/proc/self itself': () => '/proc/self',
  'below /sys': () => '/sys/x',
  'a device': () => '/dev/null',
  'below a device': () => '/dev/null/x/y',
  'a file': () => import.meta.filename,
  'too long a name': () => `/tmp/${'x'.repeat(300)}`,
  'too long a path': () => `/tmp/${'x/'.repeat(3000)}`,
  'a link to nothing': (t) => {
    const link = join(t.testdir(), 'link')
    symlinkSync(join(link, '..', 'nothing'), link)
    return link
  },
  'a link to itself': (t) => {
    const link = join(t.testdir(), 'link')
    symlinkSync(link, link)
    return link
  },
  'a store that is a file': (t) => t.testdir({ store: 'x' }),
  'a store that is a pipe': (t) => {
    const directory = t.testdir()
    spawnSync('mkfifo', [join(directory, 'store')])
    return directory
  },
  'a key file that is a pipe': (t) => {
    const directory = t.testdir()
    spawnSync('mkfifo', [join(directory, 'secrets.key')])
    return directory
  },
  'a key file that is a directory': (t) => t.testdir({ 'secrets.key': {} }),
  'a full disk': (t) => {
    const directory = mount(t, 'size=64k')
    if (directory) spawnSync('dd', ['if=/dev/zero', `of=${directory}/ballast`, 'bs=4k'])
    return directory
  },
  'a disk that is full but for one block': (t) => {
    const directory = mount(t, 'size=64k')
    if (directory) spawnSync('dd', ['if=/dev/zero', `of=${directory}/ballast`, 'bs=4k', 'count=15'])
    return directory
  },
  'a read-only file system': (t) => {
    const directory = mount(t, 'size=64k')
    if (directory) spawnSync('mount', ['-o', 'remount,ro', directory])
    return directory
  }
}

for (const [what, make] of Object.entries(directories)) {
  t.test(`P47: with a DATA_DIR that is or has ${what}, the start ends with one line that names it`, async (t) => {
    const DATA_DIR = make(t)
    if (DATA_DIR === null) return t.pass('only root may mount')
    const backend = new Backend(t, { DATA_DIR, LOG_LEVEL: 'silent' })
    t.equal(await backend.ended(), 1)
    t.equal(backend.lines.length, 1, backend.lines.join('\n').slice(0, 1000))
    t.match(backend.lines[0], /^(DATA_DIR|The key file|The store)/)
  })
}

t.test('P47: a directory without rights ends the start with one line', { skip: !isRoot && 'only root' }, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'pluto-bad-'))
  t.teardown(() => rmSync(base, { recursive: true, force: true }))
  chmodSync(base, 0o755)
  mkdirSync(`${base}/locked`, { mode: 0o700 })
  mkdirSync(`${base}/store-locked/store`, { recursive: true })
  mkdirSync(`${base}/key-locked`, { mode: 0o777 })
  chmodSync(`${base}/key-locked`, 0o777)
  writeFileSync(`${base}/key-locked/secrets.key`, 'ab'.repeat(32), { mode: 0o600 })
  for (const name of ['new', 'locked', 'store-locked', 'key-locked']) {
    const wrapper = ['bash', '-c', `unset NODE_COMPILE_CACHE; exec ${NOBODY.join(' ')} "$0" "$@"`]
    const backend = new Backend(t, { DATA_DIR: `${base}/${name}`, LOG_LEVEL: 'silent' }, 'src/server.ts', wrapper)
    const code = await backend.ended()
    if (backend.lines.some((line) => /MODULE|setpriv|EACCES.*(src|node_modules)/.test(line)))
      return t.pass('not readable here')
    t.equal(code, 1, name)
    t.equal(backend.lines.length, 1, `${name}: ${backend.lines.join('\n').slice(0, 1000)}`)
    t.match(backend.lines[0], /permission denied/i, name)
  }
})

t.test('P47: a path with a NUL is refused by name', async (t) => {
  await t.rejects(openStore('/tmp/a\0b'), { code: 'PLUTO_STORE_OPEN' })
})
