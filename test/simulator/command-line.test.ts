import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { request } from 'undici'

const main = new URL('../../src/simulator/main.ts', import.meta.url).pathname

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function outcome(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const child = start(...args)
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

t.test('help names every option', async (t) => {
  t.match(await outcome('--help'), { code: 0, out: /--devices[^]*--arp-table[^]*--discovery-down/, err: '' })
})

t.test('a wrong option ends with one line that names it, and exit code 2', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['--bogus'], /^.*--bogus.*\n$/],
    [['--devices', 'many'], /^--devices must be a number, got "many" \(see --help\)\n$/],
    [['--devices', '0'], /^devices must be .*\n$/],
    [['--profiles', 'antminer'], /^no profile contains "antminer".*\n$/],
    [['--first-address', '10.0.0.1'], /^first address must lie in 127.0.0.0\/8.*\n$/]
  ]
  for (const [args, err] of wrong) t.match(await outcome(...args), { code: 2, out: '', err }, args.join(' '))
})

t.test('a port in use ends with one line, and exit code 1', async (t) => {
  const other = createServer().listen(0, '0.0.0.0')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? String(address.port) : '0'
  t.match(await outcome('--port', port, '--control-port', '0'), { code: 1, err: /^the port is in use: .*\n$/ })
  t.match(await outcome('--port', '0', '--control-port', port), { code: 1, err: /^the port is in use: .*\n$/ })
})

t.test('it prints the settings for the backend, serves, and stops cleanly on a signal', async (t) => {
  const child = start('--devices', '2', '--port', '0', '--control-port', '0')
  t.teardown(() => child.kill('SIGKILL'))
  const [out] = await once(child.stdout ?? child, 'data')
  const match = /DISCOVERY_NETWORKS=127\.0\.1\.0\/24:(\d+)\n {2}DEVICE_NETWORKS=127\.0\.0\.0\/8[^]*Control: (\S+)/.exec(
    String(out)
  )
  const info = await request(`http://127.0.1.2:${match?.[1]}/api/system/info`)
  t.equal(info.statusCode, 200)
  await info.body.dump()
  const fleet = await request(`${match?.[2]}fleet`)
  t.match(await fleet.body.json(), [{ ip: '127.0.1.1' }, { ip: '127.0.1.2' }])
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})
