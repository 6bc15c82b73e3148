import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { build, until, watchFleet } from '../../helper.ts'

const CLI = join(import.meta.dirname, '../../../src/cli/logs.ts')

function run(t: Test, ...args: string[]) {
  const { PATH = '' } = process.env
  const cli = spawn(process.execPath, [CLI, ...args], { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { out: '', err: '' }
  cli.stdout.on('data', (chunk) => (output.out += String(chunk)))
  cli.stderr.on('data', (chunk) => (output.err += String(chunk)))
  const ended = once(cli, 'close').then(([code]) => Number(code))
  t.teardown(async () => {
    cli.kill('SIGKILL')
    await ended
  })
  return { cli, output, ended }
}

const fleet = { devices: 2, profiles: ['v2.12.2'], logLinesPerSecond: 100 }

t.test('the viewer prints the lines of several miners with the end of each MAC, and ends cleanly', async (t) => {
  const { url, fleet: simulated } = await watchFleet(t, fleet)
  const { cli, output, ended } = run(t, '--url', url)
  const ends = simulated.miners.map(({ mac }) => mac.slice(-5))
  await until('lines of both are there', () => ends.every((end) => output.out.includes(`${end}  I (`)))
  t.notOk(output.out.includes('\u001b'))
  t.notMatch(output.out, /undefined|pool-secret/)
  cli.kill('SIGINT')
  t.equal(await ended, 0)
  t.equal(output.err, '')
})

t.test('it shows what it is asked for', async (t) => {
  const { url, fleet: simulated } = await watchFleet(t, fleet)
  const mac = simulated.miners[1]?.mac ?? ''
  const { output } = run(
    t,
    '--url',
    `${url}/`,
    '--level',
    'W',
    '--tag',
    'stratum_task',
    '--q',
    'rejected',
    mac.toUpperCase()
  )
  await until('lines are there', () => output.out.split('\n').length > 5)
  const lines = output.out.split('\n').filter((line) => line && !line.startsWith('---'))
  t.ok(
    lines.every((line) => /^W \(\d+\) stratum_task: .*rejected/.test(line)),
    output.out
  )
})

t.test('it comes back when the backend does, and goes on where it was', async (t) => {
  const { app, url, fleet: simulated } = await watchFleet(t, { ...fleet, devices: 1 })
  const { output } = run(t, '--url', url)
  await until('lines are there', () => output.out.includes('I ('))
  const { port } = new URL(url)
  const mac = simulated.miners[0]?.mac
  await app.close()
  await until('it tries again', () => output.err.includes('trying again'))
  const asked = Promise.withResolvers<string>()
  const server = createServer().listen(Number(port), '127.0.0.1')
  server.on('upgrade', ({ url: path = '' }, socket) => {
    asked.resolve(path)
    socket.destroy()
  })
  t.teardown(() => server.close())
  t.match(decodeURIComponent(await asked.promise), new RegExp(`after=${mac}:\\d+$`))
})

t.test('a backend that is not there, or refuses, is told in a line', async (t) => {
  const app = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const stranger = run(t, '--url', url, '02:00:00:00:00:01')
  t.equal(await stranger.ended, 1)
  t.match(stranger.output.err, /^127\.0\.0\.1:\d+: 02:00:00:00:00:01 is not an imprinted device[^\n]*\n$/)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const nobody = run(t, '--url', `http://127.0.0.1:${port}`)
  await until('it has told', () => /ECONNREFUSED[^\n]*\ntrying again in 1 s\n/.test(nobody.output.err))
})

t.test('a wrong command line is told in a line, with exit code 2', async (t) => {
  for (const [args, message] of [
    [['--url', 'ftp://x'], /^"ftp:\/\/x" is not a URL/],
    [['--level', 'loud'], /^--level loud is not one of E, W, I, D, V/],
    [['nobody'], /^nobody is not a MAC address/],
    [['--bogus'], /'--bogus'.*see --help/]
  ] as const) {
    const { output, ended } = run(t, ...args)
    t.equal(await ended, 2)
    t.match(output.err, message)
    t.notMatch(output.err, /at .*:\d+/)
  }
  const help = run(t, '--help')
  t.equal(await help.ended, 0)
  t.match(help.output.out, /--level LEVEL/)
})
