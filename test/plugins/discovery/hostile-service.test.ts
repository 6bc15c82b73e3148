import type { ServerResponse } from 'node:http'
import { setInterval as every } from 'node:timers'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { build } from '../../helper.ts'
import { mac, serverAt } from './helper.ts'

type Hostile = (t: Test, response: ServerResponse) => void

const SHAPES: Record<string, [Hostile, string]> = {
  'an endless body': [
    (t, response) => {
      response.writeHead(200).write('[')
      const timer = every(() => response.write(' '.repeat(1_000_000)), 1)
      t.teardown(() => clearInterval(timer))
      response.on('close', () => clearInterval(timer))
    },
    'DISCOVERY_FAILED'
  ],
  'one byte at a time': [
    (t, response) => {
      response.writeHead(200)
      const timer = every(() => response.write(' '), 20)
      t.teardown(() => clearInterval(timer))
    },
    'DISCOVERY_TIMEOUT'
  ],
  'a redirect to metadata': [
    (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    'DISCOVERY_FAILED'
  ],
  'a gzip bomb': [
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_000_000))),
    'DISCOVERY_FAILED'
  ],
  'deep JSON': [(_, response) => response.end(`${'{"a":'.repeat(1_000_000)}1`), 'DISCOVERY_FAILED'],
  'a wrong type': [(_, response) => response.end('{"0":1}'), 'DISCOVERY_FAILED'],
  'headers of 1 MB': [
    (_, response) => response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_000_000)}\r\n\r\n[]`),
    'DISCOVERY_FAILED'
  ],
  'bytes that are not HTTP': [(_, response) => response.socket?.end('\0\0\0\0'), 'DISCOVERY_FAILED']
}

for (const [name, [hostile, code]] of Object.entries(SHAPES))
  t.test(`P50: a discovery service that answers with ${name} is a named error`, async (t) => {
    const service = await serverAt(t, '127.0.0.1', (_, response) => hostile(t, response))
    const app = await build(t, {
      DISCOVERY_SERVICE_HOST: `http://${service.address}`,
      DISCOVERY_SERVICE_TIMEOUT_MS: code === 'DISCOVERY_TIMEOUT' ? 300 : 60_000
    })
    const response = await app.inject('/devices/discover')
    t.equal(response.json().code, code, response.body.slice(0, 200))
    t.equal((await app.inject('/readyz')).statusCode, 200)
  })

t.test('P50: of 100,000 rows with secrets and wrong types a bounded number is used, without secrets', async (t) => {
  const rows = Array.from({ length: 100_000 }, (_, n) =>
    n < 16_384 - 2
      ? { ip: 5, mac: [], info: 'x' }
      : {
          ip: '127.88.0.1',
          mac: n === 16_383 ? mac(2) : mac(1),
          info: { wifiPass: 'hunter2', deep: { stratumPassword: 'hunter2' } }
        }
  )
  const service = await serverAt(t, '127.0.0.1', (_, response) => response.end(JSON.stringify(rows)))
  const app = await build(t, { DISCOVERY_SERVICE_HOST: `http://${service.address}` })
  const response = await app.inject('/devices/discover')
  t.equal(response.statusCode, 200)
  t.same(
    response
      .json()
      .map((row: { mac: string }) => row.mac)
      .sort(),
    [mac(1), mac(2)]
  )
  t.equal(response.headers['x-discovery-failed'], String(100_000 - 2))
  t.notMatch(response.body, 'hunter2')
})
