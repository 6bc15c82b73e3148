import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { answering, fixture, GAMMA, GAMMA_ANSWER, httpDevice, rawDevice, startAxeos } from '../helper.ts'

t.test('a poll is one small GET without Origin, on a connection that is kept', async (t) => {
  const texts: string[] = []
  const device = await rawDevice(t, (socket, _request, text) => {
    texts.push(text)
    socket.write(GAMMA_ANSWER)
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  for (let poll = 0; poll < 3; poll++) t.equal((await axeos.readInfo(address)).identity.version, 'v2.15.3')
  t.equal(device.connections(), 1)
  t.equal(texts.length, 3)
  const [text = ''] = texts
  t.match(text, /^GET \/api\/system\/info HTTP\/1\.1\r\n/)
  t.match(text, /\r\nconnection: keep-alive\r\n/)
  t.notMatch(text, /^(origin|cookie|traceparent)/im)
  t.ok(Buffer.byteLength(text) < 512, `${Buffer.byteLength(text)} bytes`)
})

t.test('concurrent polls of one miner share its connection, one after the other', async (t) => {
  let open = 0
  const device = await httpDevice(t, (_request, response) => {
    open += 1
    t.equal(open, 1)
    setImmediate(() => {
      open -= 1
      response.end(JSON.stringify(fixture(GAMMA)))
    })
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await Promise.all([axeos.readInfo(address), axeos.readInfo(address), axeos.readInfo(address)])
  t.equal(device.connections(), 1)
  t.equal(device.requests.length, 3)
})

t.test('a connection is kept until a poll that comes soon, and closed when the next poll is far away', async (t) => {
  const device = await rawDevice(t, (socket) => socket.write(GAMMA_ANSWER))
  const givenBack = Promise.withResolvers<undefined>()
  const other = await rawDevice(t, (socket) => {
    socket.once('close', () => givenBack.resolve(undefined))
    socket.write(GAMMA_ANSWER)
  })
  const often = await startAxeos(t, { POLL_INTERVAL_MS: '5000' })
  const seldom = await startAxeos(t, { POLL_INTERVAL_MS: '3600000' })
  await often.axeos.readInfo(often.axeos.parseAddress(device.text))
  await seldom.axeos.readInfo(seldom.axeos.parseAddress(other.text))
  await givenBack.promise
  await often.axeos.readInfo(often.axeos.parseAddress(device.text))
  t.equal(device.connections(), 1)
})

t.test('a miner at a formerly unused address is polled on one new connection', async (t) => {
  const answer = (socket: Socket) => socket.write(GAMMA_ANSWER)
  const device = await rawDevice(t, answer)
  await device.close()
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  for (let poll = 0; poll < 2; poll++) await t.rejects(axeos.readInfo(address), { code: 'MINER_REFUSED' })
  const later = await rawDevice(t, answer, address.port)
  for (let poll = 0; poll < 2; poll++) t.equal((await axeos.readInfo(address)).identity.version, 'v2.15.3')
  t.equal(later.connections(), 1)
})

t.test('a miner that closes after each answer is polled repeatedly', async (t) => {
  const device = await httpDevice(t, (_request, response) =>
    response
      .writeHead(200, { connection: 'close' })
      .end(JSON.stringify(fixture('info/nerdqaxe-plusplus-V1.0.37.2-LTS.json')))
  )
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  for (let poll = 0; poll < 3; poll++) t.equal((await axeos.readInfo(address)).identity.dialect, 'nerdqaxe')
  t.equal(device.requests.length, 3)
})

for (const how of ['end', 'resetAndDestroy'] as const) {
  t.test(`a poll on a kept connection that the device had closed (${how}) is repeated once on a new one`, async (t) => {
    const device = await rawDevice(t, (socket, request) => {
      if (request === 2) socket[how]()
      else socket.write(GAMMA_ANSWER)
    })
    const { axeos } = await startAxeos(t)
    const address = axeos.parseAddress(device.text)
    await axeos.readInfo(address)
    t.equal((await axeos.readInfo(address)).mac, 'bc:dd:c2:8d:c8:4f')
    t.equal(device.requests(), 3)
    t.equal(device.connections(), 2)
  })
}

t.test('the second attempt is the last one', async (t) => {
  const device = await rawDevice(t, (socket, request) => {
    if (request === 1) socket.write(GAMMA_ANSWER)
    else socket.end()
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await axeos.readInfo(address)
  await t.rejects(axeos.readInfo(address), { code: 'MINER_RESET' })
  t.equal(device.requests(), 3)
})

t.test('a poll whose answer began on a kept connection is not repeated', async (t) => {
  const device = await rawDevice(t, (socket, request) => {
    if (request === 1) socket.write(GAMMA_ANSWER)
    else socket.end('HTTP/1.1 200')
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await axeos.readInfo(address)
  await t.rejects(axeos.readInfo(address), { code: 'MINER_RESET' })
  t.equal(device.requests(), 2)
})

t.test('an abort reaches the second attempt', async (t) => {
  const second = Promise.withResolvers<undefined>()
  const device = await rawDevice(t, (socket, request) => {
    if (request === 1) socket.write(GAMMA_ANSWER)
    else if (request === 2) socket.end()
    else second.resolve(undefined)
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await axeos.readInfo(address)
  const removal = new AbortController()
  const poll = axeos.readInfo(address, { signal: removal.signal })
  await second.promise
  removal.abort()
  await t.rejects(poll, { code: 'POLL_ABORTED' })
})

t.test('P10 an abort ends the poll and its connection', async (t) => {
  const asked = Promise.withResolvers<undefined>()
  const closed = Promise.withResolvers<undefined>()
  const device = await rawDevice(t, (socket) => {
    socket.once('close', () => closed.resolve(undefined))
    asked.resolve(undefined)
  })
  const { axeos } = await startAxeos(t)
  const removal = new AbortController()
  const poll = axeos.readInfo(axeos.parseAddress(device.text), { signal: removal.signal })
  await asked.promise
  removal.abort()
  await t.rejects(poll, { code: 'POLL_ABORTED' })
  await closed.promise
})

t.test('P10 nothing is sent once the signal has aborted, and no poll leaves a listener on it', async (t) => {
  const device = await answering(t, JSON.stringify(fixture(GAMMA)))
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  const removal = new AbortController()
  await axeos.readInfo(address, { signal: removal.signal })
  t.same(getEventListeners(removal.signal, 'abort'), [])
  removal.abort()
  await t.rejects(axeos.readInfo(address, { signal: removal.signal }), { code: 'POLL_ABORTED' })
  t.equal(device.requests.length, 1)
})

t.test('a poll in flight ends when the service closes', async (t) => {
  const asked = Promise.withResolvers<undefined>()
  const device = await rawDevice(t, () => asked.resolve(undefined))
  const app = await startAxeos(t)
  const poll = t.rejects(app.axeos.readInfo(app.axeos.parseAddress(device.text)), { code: 'POLL_ABORTED' })
  await asked.promise
  await app.close()
  await poll
  await t.rejects(app.axeos.readInfo(app.axeos.parseAddress(device.text)), { code: 'POLL_ABORTED' })
})

const notAddresses = [
  '',
  'evil.example/x?',
  'localhost',
  'http://192.168.1.1',
  '192.168.1.1@evil.example',
  '192.168.1.1/../x',
  '192.168.1.1:0',
  '192.168.1.1:99999',
  '192.168.1',
  '192.168.01.1',
  '0xc0.0xa8.1.1',
  '3232235777',
  '[::1]',
  '::ffff:192.168.1.1',
  ' 192.168.1.1',
  '192.168.1.1\r\nHost: x'
]
const elsewhere = [
  '127.0.0.1:22',
  '127.0.0.1',
  '169.254.169.254',
  '8.8.8.8',
  '0.0.0.0',
  '255.255.255.255',
  '172.32.0.1'
]

t.test('P31 only an address in DEVICE_NETWORKS is accepted', async (t) => {
  const { axeos } = await startAxeos(t, { DEVICE_NETWORKS: '192.168.0.0/16' })
  for (const text of notAddresses) t.throws(() => axeos.parseAddress(text), { code: 'PLUTO_INVALID_ADDRESS' }, text)
  for (const text of elsewhere) t.throws(() => axeos.parseAddress(text), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' }, text)
  t.same(axeos.parseAddress('192.168.1.20:8001'), { host: '192.168.1.20', port: 8001, text: '192.168.1.20:8001' })
})

t.test('P31 a forged address is refused before a connection is opened', async (t) => {
  const device = await answering(t, JSON.stringify(fixture(GAMMA)))
  const { axeos } = await startAxeos(t, { DEVICE_NETWORKS: '192.168.0.0/16' })
  const port = Number(device.text.split(':')[1])
  const reading = { identity: (await readingOf(t)).identity }
  for (const host of ['127.0.0.1', '192.168.1.1']) {
    const forged = { host, port, text: device.text }
    await t.rejects(axeos.readInfo(forged), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
    await t.rejects(axeos.readAsicOptions(forged, reading), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
  }
  await t.rejects(axeos.readInfo({ host: '192.168.1.1', port: 80, text: '192.168.1.1@localhost' }), {
    code: 'PLUTO_INVALID_ADDRESS'
  })
  t.equal(device.connections(), 0)
})

async function readingOf(t: Parameters<typeof startAxeos>[0]) {
  const { axeos } = await startAxeos(t)
  return axeos.toReading(fixture(GAMMA))
}
