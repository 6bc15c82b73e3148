import { getEventListeners } from 'node:events'
import t, { type Test } from 'tap'
import { simulate } from '../../../helper.ts'
import { GAMMA_ANSWER, httpDevice, rawDevice, startAxeos } from '../helper.ts'
import { POOLS, identityOf, NERDQAXE, watch } from './helper.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'

t.test(
  'a write is one small PATCH with a length and without Origin, on a connection that is closed afterwards',
  async (t) => {
    const closed = Promise.withResolvers<undefined>()
    const { texts, axeos, address, device } = await watch(t, (socket) => {
      socket.once('close', () => closed.resolve(undefined))
      socket.write(OK)
    })
    await axeos.writeSettings(address, { hostname: 'bücher' })
    await closed.promise
    t.equal(device.connections(), 1)
    t.equal(texts.length, 1)
    const [text = ''] = texts
    t.match(text, /^PATCH \/api\/system HTTP\/1\.1\r\n/)
    t.match(text, /\r\ncontent-length: 22\r\n/)
    t.match(text, /\r\ncontent-type: application\/json\r\n/)
    t.match(text, /\r\n\r\n\{"hostname":"bücher"\}$/)
    t.notMatch(text, /^(origin|cookie|traceparent|transfer-encoding|expect|x-)/im)
    t.ok(text.indexOf('\r\n\r\n') < 512)
  }
)

for (const how of ['end', 'resetAndDestroy'] as const) {
  t.test(`a write succeeds when the device has closed the connection kept by polls (${how})`, async (t) => {
    const used = new WeakSet<object>()
    const { texts, axeos, address } = await watch(t, (socket, _request, text) => {
      if (used.has(socket)) return void socket[how]()
      used.add(socket)
      socket.write(text.startsWith('PATCH') ? OK : GAMMA_ANSWER)
    })
    await axeos.readInfo(address)
    await axeos.writeSettings(address, { frequency: 550 })
    t.same(
      texts.map((text) => text.slice(0, 5)),
      ['GET /', 'PATCH']
    )
  })

  t.test(`a write is sent once even if the connection breaks after it (${how})`, async (t) => {
    const { texts, axeos, address } = await watch(t, (socket, _request, text) => {
      if (text.startsWith('PATCH')) socket[how]()
      else socket.write(GAMMA_ANSWER)
    })
    await axeos.readInfo(address)
    await t.rejects(axeos.writeSettings(address, { frequency: 550 }), { code: 'MINER_RESET', statusCode: 502 })
    await axeos.readInfo(address)
    t.equal(texts.filter((text) => text.startsWith('PATCH')).length, 1)
  })
}

t.test('a command is sent once even if its answer breaks off', async (t) => {
  const { texts, axeos, address } = await watch(t, (socket) => socket.end('HTTP/1.1 200'))
  await t.rejects(axeos.command(address, 'identify', identityOf(POOLS)), { code: 'MINER_RESET' })
  await t.rejects(axeos.writeSettings(address, {}), { code: 'MINER_RESET' })
  t.same(
    texts.map((text) => text.split(' ')[0]),
    ['POST', 'PATCH']
  )
})

t.test('two concurrent writes reach the miner one after the other, once each', async (t) => {
  let open = 0
  const device = await httpDevice(t, (_request, response) => {
    open += 1
    t.equal(open, 1)
    setImmediate(() => {
      open -= 1
      response.end()
    })
  })
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await Promise.all([axeos.writeSettings(address, { a: 1 }), axeos.writeSettings(address, { a: 2 })])
  t.equal(device.requests.length, 2)
  t.equal(device.connections(), 2)
})

t.test('a write has a timeout of its own', async (t) => {
  const { axeos, address, texts } = await watch(t, () => {})
  await t.rejects(axeos.writeSettings(address, {}, { timeoutMs: 60 }), {
    code: 'MINER_TIMEOUT',
    message: /within 60 ms/
  })
  t.equal(texts.length, 1)
})

t.test('an abort ends a write, its connection and its listener', async (t) => {
  const asked = Promise.withResolvers<undefined>()
  const closed = Promise.withResolvers<undefined>()
  const { axeos, address } = await watch(t, (socket) => {
    socket.once('close', () => closed.resolve(undefined))
    asked.resolve(undefined)
  })
  const removal = new AbortController()
  const write = t.rejects(axeos.writeSettings(address, {}, { signal: removal.signal }), { code: 'POLL_ABORTED' })
  await asked.promise
  removal.abort()
  await write
  await closed.promise
  t.same(getEventListeners(removal.signal, 'abort'), [])
  await t.rejects(axeos.writeSettings(address, {}, { signal: removal.signal }), { code: 'POLL_ABORTED' })
})

t.test('a write in flight ends when the service closes', async (t) => {
  const asked = Promise.withResolvers<undefined>()
  const device = await rawDevice(t, () => asked.resolve(undefined))
  const app = await startAxeos(t)
  const write = t.rejects(app.axeos.writeSettings(app.axeos.parseAddress(device.text), {}), { code: 'POLL_ABORTED' })
  await asked.promise
  await app.close()
  await write
})

t.test('P31 a write goes to no address outside of DEVICE_NETWORKS', async (t) => {
  const device = await httpDevice(t, (_request, response) => response.end())
  const { axeos } = await startAxeos(t, { DEVICE_NETWORKS: '192.168.0.0/16' })
  const forged = { host: '192.168.1.1', port: 80, text: device.text }
  await t.rejects(axeos.writeSettings(forged, {}), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
  await t.rejects(axeos.command(forged, 'restart', identityOf(POOLS)), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
  t.equal(device.connections(), 0)
})

t.test('a write to a miner that is not there fails as refused', async (t) => {
  const device = await httpDevice(t, () => {})
  await device.close()
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await t.rejects(axeos.writeSettings(address, {}), { code: 'MINER_REFUSED' })
  await t.rejects(axeos.command(address, 'restart', identityOf('bitaxe-ultra-0.11-v2.1.3')), { code: 'MINER_REFUSED' })
})

/** The error of a write with this answer. */
async function refusal(t: Test, status: number, text: string, body = {}, otp?: { totp?: string; session?: string }) {
  const device = await httpDevice(t, (_request, response) => response.writeHead(status).end(text))
  const { axeos } = await startAxeos(t)
  const failure = axeos.writeSettings(axeos.parseAddress(device.text), body, { otp })
  return {
    error: await failure.then(
      () => null,
      (error: Error & { code?: string }) => error
    ),
    device
  }
}

t.test("P26 a refusal is a named error with the miner's message", async (t) => {
  for (const [status, text] of [
    [400, 'Wrong API input'],
    [500, 'Failed to post control value'],
    [405, 'Request method for this URI is not handled by server']
  ] as const) {
    const { error } = await refusal(t, status, text)
    t.match(error, { code: 'MINER_REJECTED', statusCode: 502 })
    t.match(error?.message, new RegExp(`status ${status}: ${text}$`))
  }
  t.match((await refusal(t, 302, '')).error, { code: 'MINER_REDIRECT' })
  t.match((await refusal(t, 401, 'Unauthorized')).error, { code: 'MINER_DENIED', statusCode: 502 })
  t.equal((await refusal(t, 200, '{"status":"success"}')).error, null)
})

t.test("a miner's message is cut, printable and free of the secrets that were sent", async (t) => {
  const body = {
    stratumPassword: 'hunter2',
    pools: [{ id: 0, stratumPassword: 'quote"d' }],
    wifiPass: 'correct horse'
  }
  const { error } = await refusal(t, 400, `\u001b[31m${JSON.stringify(body)} hunter2 ${'x'.repeat(500)}`, body)
  t.match(error, { code: 'MINER_REJECTED' })
  t.notMatch(error?.message, /hunter2|quote|horse/)
  // eslint-disable-next-line no-control-regex
  t.notMatch(error?.message, /[\u0000-\u001f]/)
  t.ok((error?.message.length ?? 0) < 300)
  const other = await refusal(t, 500, 'cannot save wifiPass=secret99, stratumPassword: "other77"')
  t.notMatch(other.error?.message, /secret99|other77/)
  const edge = await refusal(t, 400, `${'x'.repeat(195)}hunter2`, body)
  t.notMatch(edge.error?.message, /hunt/, 'also where the text is cut')
})

t.test('a one-time password is sent in its header, and only if it is given', async (t) => {
  const { device } = await refusal(t, 200, '', {}, { totp: '123456', session: 'a-b.c' })
  t.match(device.requests[0]?.headers, { 'x-totp': '123456', 'x-otp-session': 'a-b.c' })
  const plain = await refusal(t, 200, '')
  t.notOk(Object.keys(plain.device.requests[0]?.headers ?? {}).some((name) => name.startsWith('x-')))
})

t.test('a malformed one-time password is not sent', async (t) => {
  for (const otp of [
    { totp: '12345' },
    { totp: '123456\r\nx: y' },
    { session: 'a b' },
    { session: 'x'.repeat(201) },
    { session: '' }
  ]) {
    const { error, device } = await refusal(t, 200, '', {}, otp)
    t.match(error, { code: 'MINER_OTP_REFUSED', statusCode: 403 })
    t.equal(device.connections(), 0)
  }
})

t.test('a NerdQAxe that requires a one-time password accepts it, and refuses without it', async (t) => {
  const [miner] = (await simulate(t, { devices: 1, profiles: [NERDQAXE], otpCode: '424242' })).miners
  if (!miner) throw new Error('no miner')
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(miner.address)
  await t.rejects(axeos.writeSettings(address, { jobInterval: 700 }), { code: 'MINER_OTP_REQUIRED', statusCode: 403 })
  await t.rejects(axeos.writeSettings(address, { jobInterval: 700 }, { otp: { totp: '111111' } }), {
    code: 'MINER_OTP_REFUSED'
  })
  await t.rejects(axeos.writeSettings(address, {}, { otp: { session: 'stale' } }), { code: 'MINER_OTP_REFUSED' })
  t.same(miner.info().jobInterval, 500)
  await axeos.writeSettings(address, { jobInterval: 700 }, { otp: { totp: '424242' } })
  t.same(miner.info().jobInterval, 700)
})
