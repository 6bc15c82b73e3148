import { once } from 'node:events'
import t from 'tap'
import { GAMMA_ANSWER, rawDevice, startAxeos } from '../helper.ts'

const BODY = '{"ASICModel":"BM1370"}'
const SIZED = `Content-Length: ${BODY.length}\r\n\r\n${BODY}`
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\n\r\n'

const broken = {
  'a status of 000': `HTTP/1.1 000\r\n${SIZED}`,
  'a status of 000 with a reason': `HTTP/1.1 000 Zero\r\n${SIZED}`,
  'a status of 099': `HTTP/1.1 099 Low\r\n${SIZED}`,
  'a status of 1000': `HTTP/1.1 1000 High\r\n${SIZED}`,
  'a status of 20': `HTTP/1.1 20 OK\r\n${SIZED}`,
  'a negative status': `HTTP/1.1 -200 OK\r\n${SIZED}`,
  'no status': `HTTP/1.1\r\n${SIZED}`,
  'a status that is text': `HTTP/1.1 OK\r\n${SIZED}`,
  'an upgrade that nobody requested': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  'an upgrade to nothing': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'a request to continue that nobody waits for': 'HTTP/1.1 100 Continue\r\n\r\n',
  'an informational answer with a body': `HTTP/1.1 103 Early Hints\r\n${SIZED}HTTP/1.1 200 OK\r\n${SIZED}`,
  'a thousand informational answers': EARLY_HINTS.repeat(1000),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a frame of HTTP/2': '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80',
  'a status line of HTTP/2': `HTTP/2 200\r\n${SIZED}`,
  'an answer of HTTP/0.9': BODY,
  'a TLS alert': '\x15\x03\x01\0\x02\x02\x46',
  'a request': 'GET / HTTP/1.1\r\n\r\n',
  'a chunk size that is no number': `${CHUNKED}zz\r\n${BODY}\r\n0\r\n\r\n`,
  'a negative chunk size': `${CHUNKED}-5\r\n${BODY}\r\n0\r\n\r\n`,
  'a chunk size beyond 64 bits': `${CHUNKED}FFFFFFFFFFFFFFFFFF\r\n${BODY}`,
  'a chunk size that is too small': `${CHUNKED}5\r\n${BODY}\r\n0\r\n\r\n`,
  'both a length and chunks': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${SIZED}`,
  'a negative length': `HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n${BODY}`,
  'a length that is no number': `HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n${BODY}`,
  'a header without a colon': `HTTP/1.1 200 OK\r\nbad header\r\n${SIZED}`,
  'a NUL in a header': `HTTP/1.1 200 OK\r\nX: a\0b\r\n${SIZED}`
}
const brokenOff = {
  'two different lengths': `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${SIZED}`,
  'the same length twice': `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n${SIZED}`,
  'a length beyond 64 bits': `HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n${BODY}`
}
const cases = [
  ...Object.entries(broken).map(([what, answer]) => ({ what, answer, code: 'MINER_PROTOCOL' })),
  ...Object.entries(brokenOff).map(([what, answer]) => ({ what, answer, code: 'MINER_RESET' }))
]

for (const { what, answer, code } of cases) {
  t.test(`P49 ${what} is ${code} for a read and for a write, and the next read works`, async (t) => {
    let isBroken = true
    const device = await rawDevice(t, (socket) => {
      socket.write(Buffer.from(isBroken ? answer : GAMMA_ANSWER, 'latin1'))
    })
    const { axeos } = await startAxeos(t)
    const address = axeos.parseAddress(device.text)
    const named = { code, message: new RegExp(`${device.text}(?!.*(ERR_|unknown))`) }
    await t.rejects(axeos.readInfo(address), named)
    await t.rejects(axeos.writeSettings(address, { hostname: 'a' }), named)
    isBroken = false
    t.equal((await axeos.readInfo(address)).identity.asicModel, 'BM1370')
  })
}

t.test('P49 informational answers without end are cut off long before the timeout', async (t) => {
  const device = await rawDevice(t, async (socket) => {
    while (!socket.destroyed) if (!socket.write(EARLY_HINTS)) await once(socket, 'drain').catch(() => undefined)
  })
  const { axeos } = await startAxeos(t, { POLL_TIMEOUT_MS: '60000' })
  await t.rejects(axeos.readInfo(axeos.parseAddress(device.text)), { code: 'MINER_PROTOCOL' })
})

t.test('P49 a few informational answers before the answer are ignored', async (t) => {
  const device = await rawDevice(t, (socket) => socket.write(EARLY_HINTS.repeat(3) + GAMMA_ANSWER))
  const { axeos } = await startAxeos(t)
  t.equal((await axeos.readInfo(axeos.parseAddress(device.text))).identity.asicModel, 'BM1370')
})
