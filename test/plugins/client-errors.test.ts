import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { certificate } from '../support/certificate.ts'
import { serve, until } from '../helper.ts'

const WARN = 40
type Line = { level: number; msg: string }

/** Starts the backend with its log at `info`. */
async function logged(t: Test, overrides: Partial<Config> = {}) {
  const lines: Line[] = []
  const logOutput = {
    write: (line: string) => {
      const parsed = JSON.parse(line) as Line
      if (parsed.level >= WARN) lines.push(parsed)
    },
    dropped: 0,
    flush: () => undefined
  }
  const { app, url } = await serve(t, { LOG_LEVEL: 'info', ...overrides }, { logOutput })
  const port = Number(new URL(url).port)
  const counts = async () => {
    const { body } = await app.inject('/metrics')
    return Object.fromEntries(
      [...body.matchAll(/^pluto_client_errors_total\{kind="(\w+)"\} (\d+)/gm)].map(([, kind, n]) => [kind, Number(n)])
    )
  }
  return { app, url, port, lines, counts }
}

/** Opens a connection that never throws. */
async function open(t: Test, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

const closed = async (socket: Socket) => {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

const HANDSHAKE = ['host: localhost', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']
const KEY = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
const request = (path: string, ...headers: string[]) => `GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`

/** Frames that break RFC 6455. */
const BAD_FRAMES: Record<string, Buffer> = {
  'reserved bits': Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
  'no mask': Buffer.from([0x81, 0x01, 0x41]),
  'unknown opcode': Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
  'invalid UTF-8': Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
  'a frame that is too large': Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  'a long ping': Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]),
  'a continuation of nothing': Buffer.from([0x80, 0x80, 0, 0, 0, 0]),
  'an invalid close code': Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01])
}

for (const path of ['/logs/stream', '/socket/io?EIO=4&transport=websocket'])
  t.test(`P45: malformed frames at ${path} are counted, and neither warned of nor reported as errors`, async (t) => {
    const { port, lines, counts } = await logged(t)
    const before = lines.length
    for (const frame of Object.values(BAD_FRAMES)) {
      const socket = await open(t, port)
      socket.write(request(path, ...HANDSHAKE, KEY))
      await once(socket, 'data')
      socket.write(frame)
      await closed(socket)
    }
    t.same(lines.slice(before), [])
    t.match(await counts(), { websocket: Object.keys(BAD_FRAMES).length })
  })

const BAD_REQUESTS: Record<string, string | Buffer> = {
  'not HTTP': 'nonsense\r\n\r\n',
  'a TLS handshake': Buffer.from([0x16, 0x03, 0x01, 0x00, 0xa5, 0x01, 0x00, 0x00, 0xa1, 0x03, 0x03]),
  'zero bytes': Buffer.alloc(100),
  'an unknown method': 'FOO / HTTP/1.1\r\nhost: localhost\r\n\r\n',
  'no host': 'GET / HTTP/1.1\r\n\r\n',
  'two lengths': 'POST /presets HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
  'a bad chunk': 'POST /presets HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'too many headers': `GET / HTTP/1.1\r\nhost: localhost\r\n${'a: b\r\n'.repeat(10_000)}\r\n`,
  'a bad version': 'GET / HTTP/9.9\r\nhost: localhost\r\n\r\n',
  'an upgrade to something else': request('/presets', 'host: localhost', 'connection: Upgrade', 'upgrade: h2c'),
  'a handshake without a key': request('/logs/stream', ...HANDSHAKE),
  'a handshake of a plain route': request('/presets', ...HANDSHAKE, KEY),
  'a handshake of an unknown route': request('/nowhere', ...HANDSHAKE, KEY),
  'a handshake with a bad version': request('/logs/stream', ...HANDSHAKE.slice(0, 3), 'sec-websocket-version: 99', KEY),
  'an engine without a transport': request('/socket/io?EIO=4', ...HANDSHAKE, KEY),
  'an engine of an unknown session': request('/socket/io?EIO=4&transport=websocket&sid=x', ...HANDSHAKE, KEY),
  'an engine of an old version': request('/socket/io?EIO=1&transport=polling', 'host: localhost', 'connection: close')
}

t.test('P45: requests that are not HTTP, and handshakes that fail, are neither warned of nor reported', async (t) => {
  const { port, lines, counts } = await logged(t)
  const before = lines.length
  for (const bytes of Object.values(BAD_REQUESTS)) {
    const socket = await open(t, port)
    socket.write(bytes)
    socket.end()
    await closed(socket)
  }
  t.same(lines.slice(before), [])
  t.match(await counts(), { http: Number })
  t.ok(((await counts())['http'] ?? 0) >= 7)
})

t.test('P45: bytes that are not TLS, and handshakes that are broken off, are counted', async (t) => {
  const { port, lines, counts } = await logged(t, { ...certificate(t.testdir()), HEADERS_TIMEOUT_MS: 500 })
  const before = lines.length
  for (const bytes of [
    'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n',
    Buffer.alloc(500, 7),
    Buffer.from([0x16, 3, 1, 0, 1, 9])
  ]) {
    const socket = await open(t, port)
    socket.write(bytes)
    await closed(socket)
  }
  const halfway = await open(t, port)
  halfway.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]))
  halfway.resetAndDestroy()
  const old = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ciphers: 'NULL:@SECLEVEL=0',
    maxVersion: 'TLSv1.2'
  })
  old.on('error', () => undefined)
  await closed(old)
  await until('all are counted', async () => ((await counts())['tls'] ?? 0) >= 4)
  t.same(lines.slice(before), [])
})

t.test('P45: uploads and downloads that are broken off, and encodings that are wrong, are counted', async (t) => {
  const { app, url, port, lines, counts } = await logged(t)
  const before = lines.length
  for (const payload of ['{"name":"x', '{"na', '']) {
    const socket = await open(t, port)
    socket.write(
      `POST /presets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n${payload}`
    )
    await until('it is being read', () => app.backpressure.inFlight > 0)
    socket.resetAndDestroy()
    await until('it is over', () => app.backpressure.inFlight === 0)
  }
  for (const encoding of ['gzip', 'br', 'deflate', 'nonsense', 'gzip, gzip', 'zstd']) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    const { status } = await fetch(`${url}/presets`, {
      method: 'POST',
      headers,
      body: '{"name":"this is not compressed"}'
    })
    t.ok(status >= 400 && status < 500, `${encoding} ${status}`)
  }
  for (const path of ['/metrics', '/documentation/json', '/backup', '/devices/imprint']) {
    for (const accept of ['identity', 'gzip', 'br']) {
      const socket = await open(t, port)
      socket.write(request(path, 'host: localhost', `accept-encoding: ${accept}`))
      socket.write(request(path, 'host: localhost', `accept-encoding: ${accept}`))
      socket.resetAndDestroy()
      await until('it is over', () => app.backpressure.inFlight === 0)
    }
  }
  t.same(lines.slice(before), [])
  t.ok((await counts())['aborted'])
})
