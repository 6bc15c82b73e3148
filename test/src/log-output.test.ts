import { execFileSync, spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'

const ROOT = new URL('../..', import.meta.url).pathname

t.jobs = 2

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The backend as a process whose standard output is what the test says. Each answered request is many log lines. */
async function start(t: Test, stdio: StdioOptions, program = process.execPath, args = ['src/server.ts']) {
  const port = await freePort()
  const { PATH } = process.env
  const env = { PATH, PORT: String(port), DATA_DIR: t.testdir(), DISCOVERY_MDNS: 'false', LOG_LEVEL: 'trace' }
  const child = spawn(program, args, { cwd: ROOT, env, stdio })
  t.teardown(() => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  await until(
    'it answers',
    () =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false
      ),
    60_000
  )
  return { child, url }
}

async function dropped(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^pluto_log_lines_dropped_total (\d+)$/m.exec(text)?.[1])
}

/** Requests that are logged: each change is. */
async function makeNoise(url: string, requests: number): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'x'.repeat(200) })
  for (let i = 0; i < requests; i++) await (await fetch(`${url}/presets`, { method: 'POST', headers, body })).text()
}

async function stops(t: Test, child: ChildProcess): Promise<void> {
  const since = performance.now()
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  t.equal(code, 0, 'SIGTERM ends it')
  t.comment(`after ${Math.round(performance.now() - since)} ms`)
}

t.test('P36 a standard output that is full drops lines, counts them, and keeps nothing from working', async (t) => {
  const full = openSync('/dev/full', 'w')
  const { child, url } = await start(t, ['ignore', full, full])
  await makeNoise(url, 5)
  t.ok((await dropped(url)) > 5)
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  await stops(t, child)
})

t.test('P36 a pipe whose reader has gone drops lines and keeps nothing from working', async (t) => {
  const { child, url } = await start(t, ['ignore', 'pipe', 'pipe'])
  child.stdout?.destroy()
  child.stderr?.destroy()
  await until('lines are dropped', async () => {
    await makeNoise(url, 1)
    return (await dropped(url)) > 0
  })
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  await stops(t, child)
})

t.test(
  'P36 a pipe whose reader has stopped holds lines, drops the rest, and goes on when it reads again',
  async (t) => {
    const { child, url } = await start(t, ['ignore', 'pipe', 'pipe'])
    await until(
      'more is logged than may wait',
      async () => {
        await makeNoise(url, 500)
        return (await dropped(url)) > 0
      },
      60_000
    )
    t.equal((await fetch(`${url}/healthz`)).status, 200)
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    await until('it says how many lines are missing', async () => {
      await makeNoise(url, 1)
      return text.includes('log lines were dropped')
    })
    const before = await dropped(url)
    await makeNoise(url, 3)
    t.equal(await dropped(url), before, 'no further line is dropped')
    const torn = text
      .split('\n')
      .slice(0, -1)
      .filter((line) => !line.startsWith('{') || !line.endsWith('}'))
    t.same(torn, [], 'every line is whole')
    await stops(t, child)
  }
)

t.test('P36 a pipe whose reader has stopped for good does not keep it from stopping', async (t) => {
  const { child, url } = await start(t, ['ignore', 'pipe', 'pipe'])
  await makeNoise(url, 200)
  await stops(t, child)
})

t.test('P36 a terminal that is gone neither ends it nor keeps it from stopping', async (t) => {
  const command = `exec ${process.execPath} src/server.ts`
  const { child, url } = await start(t, ['pipe', 'pipe', 'ignore'], 'script', ['-qfec', command, '/dev/null'])
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await until('a log line names its process', async () => {
    await makeNoise(url, 1)
    return /"pid":\d+/.test(text)
  })
  const pid = Number(/"pid":(\d+)/.exec(text)?.[1])
  t.teardown(() => isRunning(pid) && process.kill(pid, 'SIGKILL'))
  child.kill('SIGKILL')
  await until('lines are dropped', async () => {
    await makeNoise(url, 1)
    return (await dropped(url)) > 0
  })
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  process.kill(pid, 'SIGTERM')
  await until('it has stopped', () => !isRunning(pid))
})

t.test('P36 a log file on a full disk drops lines, and resumes when there is room', async (t) => {
  if (process.getuid?.() !== 0) {
    t.comment('only root can mount a small file system')
    return
  }
  const disk = mkdtempSync(join(tmpdir(), 'pluto-disk-'))
  t.teardown(() => rmSync(disk, { recursive: true }))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'pluto-test', disk])
  t.teardown(() => execFileSync('umount', ['--lazy', disk]))
  const file = openSync(`${disk}/log`, 'a')
  const { child, url } = await start(t, ['ignore', file, file])
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(`${disk}/filler`, Buffer.alloc(bavail * bsize))
  await until('lines are dropped', async () => {
    await makeNoise(url, 20)
    return (await dropped(url)) > 0
  })
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  rmSync(`${disk}/filler`)
  await makeNoise(url, 2)
  const before = await dropped(url)
  await makeNoise(url, 2)
  t.equal(await dropped(url), before, 'no further line is dropped')
  writeFileSync(`${disk}/filler`, Buffer.alloc(statfsSync(disk).bavail * bsize))
  await stops(t, child)
})

t.test('P36 a start that fails says so in one line, or not at all when that cannot be written', async (t) => {
  for (const target of ['/dev/full', '/dev/null']) {
    const output = openSync(target, 'w')
    const child = spawn(process.execPath, ['src/server.ts'], {
      cwd: ROOT,
      env: { PORT: 'x' },
      stdio: ['ignore', output, output]
    })
    t.same(await once(child, 'exit'), [1, null], target)
  }
})

t.test('P36 commands end without a stack trace when their output cannot be written', async (t) => {
  const full = openSync('/dev/full', 'w')
  for (const name of ['backup', 'restore', 'rotate-key', 'repair', 'logs']) {
    const child = spawn(process.execPath, [`src/cli/${name}.ts`, '--help'], {
      cwd: ROOT,
      stdio: ['ignore', full, 'pipe']
    })
    let text = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const [code] = (await once(child, 'close')) as [number]
    t.equal(code, 1, name)
    t.equal(text, 'standard output cannot be written: ENOSPC: no space left on device, write\n')
    const piped = spawn(process.execPath, [`src/cli/${name}.ts`, '--help'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    piped.stdout?.destroy()
    let message = ''
    piped.stderr?.setEncoding('utf8').on('data', (chunk: string) => (message += chunk))
    t.same(await once(piped, 'close'), [0, null], `${name} whose reader has gone`)
    t.equal(message, '')
  }
})

t.test('P36 the demo works without an output, and stops', async (t) => {
  const full = openSync('/dev/full', 'w')
  const { child, url } = await start(t, ['ignore', full, full], process.execPath, ['src/demo.ts', '--devices', '2'])
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  await stops(t, child)
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
