import { connect, type Socket } from 'node:net'
import { Agent } from 'undici'
import t, { type Test } from 'tap'
import { answering, GAMMA_ANSWER, httpDevice, rawDevice, startAxeos } from '../helper.ts'

const MiB = 1024 * 1024
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

/** Asserts that a poll of this device fails with this error, and that its message names the device. */
async function fails(t: Test, device: { text: string }, code: string, env: Record<string, string> = {}) {
  const { axeos } = await startAxeos(t, env)
  await t.rejects(axeos.readInfo(axeos.parseAddress(device.text)), { code, message: new RegExp(device.text) })
}

/** Writes until the other side closes. */
function pour(socket: Socket, chunk: string | Buffer) {
  while (!socket.destroyed && socket.write(chunk));
  socket.once('drain', () => pour(socket, chunk))
}

const notMiners = {
  'an empty object': '{}',
  'an empty list': '[]',
  null: 'null',
  'a number': '7',
  'a text': '"BM1370"',
  'an ASICModel that is not a text': '{"ASICModel":1370}',
  'a Hue bridge': '[{"error":{"type":1,"address":"/","description":"unauthorized user"}}]',
  'a web service': '{"status":"ok","hashRate":1}',
  'an answer nested a hundred thousand levels deep': `{"ASICModel":"BM1370","x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`
}
for (const [what, body] of Object.entries(notMiners)) {
  t.test(`P33 ${what} is not a miner`, async (t) => {
    await fails(t, await answering(t, body), 'NOT_A_MINER')
  })
}

const notJson = {
  'a web page with status 200': '<!doctype html><title>AxeOS</title>',
  'an empty answer': '',
  'half an object': '{"ASICModel":"BM1370",',
  'binary garbage': '\u0000\u0001\u0002'
}
for (const [what, body] of Object.entries(notJson)) {
  t.test(`P33 ${what} is not JSON`, async (t) => {
    await fails(t, await answering(t, body), 'MINER_NOT_JSON')
  })
}

for (const status of [204, 401, 404, 431, 500]) {
  t.test(`a status of ${status} is a failed poll whose error contains it`, async (t) => {
    const device = await answering(t, 'Unauthorized', status)
    const { axeos } = await startAxeos(t)
    await t.rejects(axeos.readInfo(axeos.parseAddress(device.text)), {
      code: 'MINER_STATUS',
      message: `The miner at ${device.text} answered with status ${status}`
    })
  })
}

for (const status of [301, 302, 307, 308]) {
  t.test(`P31 a redirect with ${status} is not followed`, async (t) => {
    const target = await answering(t, '{"ASICModel":"BM1370"}')
    const device = await httpDevice(t, (_request, response) =>
      response.writeHead(status, { location: `http://${target.text}/api/system/info` }).end()
    )
    await fails(t, device, 'MINER_REDIRECT')
    t.equal(target.connections(), 0)
    t.equal(device.requests.length, 1)
  })
}

t.test('P33 an answer of 50 MB is cut off at the size limit and fails as too large', async (t) => {
  const closed = Promise.withResolvers<number>()
  const device = await rawDevice(t, (socket) => {
    socket.write(`${HEAD}Content-Length: ${50 * MiB}\r\n\r\n`)
    pour(socket, Buffer.alloc(64 * 1024, ' '))
    socket.once('close', () => closed.resolve(socket.bytesWritten - socket.writableLength))
  })
  await fails(t, device, 'MINER_TOO_LARGE')
  t.ok((await closed.promise) < 16 * MiB, 'what left the device is what the kernel buffers on its way')
})

t.test('P33 an endless answer is cut off at the size limit and fails as too large', async (t) => {
  const closed = Promise.withResolvers<number>()
  const device = await rawDevice(t, (socket) => {
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`)
    pour(socket, `10000\r\n${' '.repeat(0x10000)}\r\n`)
    socket.once('close', () => closed.resolve(socket.bytesWritten - socket.writableLength))
  })
  await fails(t, device, 'MINER_TOO_LARGE')
  t.ok((await closed.promise) < 16 * MiB)
})

t.test('P33 endless headers are cut off', async (t) => {
  const closed = Promise.withResolvers<number>()
  const device = await rawDevice(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    pour(socket, `X-More: ${'x'.repeat(1000)}\r\n`)
    socket.once('close', () => closed.resolve(socket.bytesWritten - socket.writableLength))
  })
  await fails(t, device, 'MINER_PROTOCOL')
  t.ok((await closed.promise) < 16 * MiB)
})

const slow = { POLL_TIMEOUT_MS: '200' }

t.test('P09 a device that never answers times out and its connection is closed', async (t) => {
  const closed = Promise.withResolvers<undefined>()
  const device = await rawDevice(t, (socket) => socket.once('close', () => closed.resolve(undefined)))
  await fails(t, device, 'MINER_TIMEOUT', slow)
  await closed.promise
  t.equal(device.requests(), 1)
})

const drips = {
  headers: 'HTTP/1.1 200 OK\r\nX-Drip: ',
  body: `${HEAD}Content-Length: 1000000\r\n\r\n`,
  chunks: `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
}
for (const [what, start] of Object.entries(drips)) {
  t.test(`P09 dripping ${what} end at the total timeout, although bytes keep coming`, async (t) => {
    const closed = Promise.withResolvers<undefined>()
    const device = await rawDevice(t, (socket) => {
      socket.write(start)
      const drip = setInterval(() => socket.write(what === 'chunks' ? '1\r\n \r\n' : ' '), 20)
      socket.once('close', () => (clearInterval(drip), closed.resolve(undefined)))
    })
    await fails(t, device, 'MINER_TIMEOUT', slow)
    await closed.promise
  })
}

t.test('a request can have its own timeout', async (t) => {
  const device = await rawDevice(t, () => {})
  const { axeos } = await startAxeos(t, { POLL_TIMEOUT_MS: '60000' })
  await t.rejects(axeos.readInfo(axeos.parseAddress(device.text), { timeoutMs: 50 }), {
    code: 'MINER_TIMEOUT',
    message: /within 50 ms/
  })
})

t.test('P09 a connection that is never opened times out, and nothing is sent when it opens late', async (t) => {
  const device = await rawDevice(t, () => {})
  const asked = Promise.withResolvers<() => void>()
  const closed = Promise.withResolvers<undefined>()
  const dispatcher = new Agent({
    connections: 1,
    connect: ({ hostname, port }, callback) =>
      asked.resolve(() => {
        const socket = connect(Number(port), hostname, () => callback(null, socket))
        socket.on('close', () => closed.resolve(undefined))
      })
  })
  t.teardown(() => dispatcher.destroy())
  const { axeos } = await startAxeos(t, slow, { dispatcher })
  await t.rejects(axeos.readInfo(axeos.parseAddress(device.text)), { code: 'MINER_TIMEOUT' })
  const connectNow = await asked.promise
  connectNow()
  await closed.promise
  t.equal(device.connections(), 1)
  t.equal(device.requests(), 0)
})

t.test('a refused connection fails as refused', async (t) => {
  const device = await rawDevice(t, () => {})
  const { axeos } = await startAxeos(t)
  await device.close()
  await t.rejects(axeos.readInfo(axeos.parseAddress(device.text)), { code: 'MINER_REFUSED' })
})

for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EACCES']) {
  t.test(`${code} is an unreachable miner`, async (t) => {
    const connect = (_options: unknown, callback: (error: Error, socket: null) => void) =>
      queueMicrotask(() => callback(Object.assign(new Error('no way'), { code }), null))
    const dispatcher = new Agent({ connect })
    t.teardown(() => dispatcher.destroy())
    const { axeos } = await startAxeos(t, {}, { dispatcher })
    await t.rejects(axeos.readInfo(axeos.parseAddress('127.0.0.9')), {
      code: 'MINER_UNREACHABLE',
      message: `The miner at 127.0.0.9 is unreachable (${code}): check its power, network and address`
    })
  })
}

const breaks: Record<string, (socket: Socket) => unknown> = {
  'before an answer': (socket) => socket.end(),
  'before an answer, by a reset': (socket) => socket.resetAndDestroy(),
  'after half a header': (socket) => socket.end('HTTP/1.1 200 OK\r\nConte'),
  'after half of the announced length': (socket) => socket.end(GAMMA_ANSWER.slice(0, 2000)),
  'after half of an answer that it wants to close': (socket) =>
    socket.end(GAMMA_ANSWER.replace('OK', 'OK\r\nConnection: close').slice(0, 2000)),
  'inside a chunk': (socket) =>
    socket.end(`${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{"ASIC`)
}
for (const [when, breakOff] of Object.entries(breaks)) {
  t.test(`a connection broken off ${when} fails as reset, without a second attempt`, async (t) => {
    const device = await rawDevice(t, breakOff)
    await fails(t, device, 'MINER_RESET')
    t.equal(device.requests(), 1)
  })
}

const nonsense = {
  'an SSH banner': 'SSH-2.0-OpenSSH_9.6\r\n',
  'an invalid status': 'HTTP/1.1 abc\r\n\r\n',
  'an invalid length': 'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}',
  'an upgrade that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
}
for (const [what, bytes] of Object.entries(nonsense)) {
  t.test(`${what} is not valid HTTP`, async (t) => {
    await fails(t, await rawDevice(t, (socket) => socket.end(bytes)), 'MINER_PROTOCOL')
  })
}
