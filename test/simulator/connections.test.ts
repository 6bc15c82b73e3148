import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { Miner } from '../../src/simulator/types.ts'
import { infoOf, minerOf, until } from './helper.ts'

const question = 'GET /api/system/info HTTP/1.1\r\nHost: x\r\n\r\n'

async function open(t: Test, miner: Miner): Promise<Socket> {
  const socket = connect(Number(miner.address.split(':')[1]), miner.ip)
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

t.test('old firmware leaves a connection above its limit unanswered until another one ends', async (t) => {
  const miner = await minerOf(t, 'v2.1.8')
  const held = await Promise.all(Array.from({ length: 7 }, () => open(t, miner)))
  await until('seven are served', () => miner.connections === 7)
  const eighth = await open(t, miner)
  eighth.write(question)
  const answered = once(eighth, 'data')
  const [first, second] = held
  // The accepted connections are still served while the eighth receives nothing.
  first?.write(question)
  if (first) await once(first, 'data')
  t.equal(eighth.bytesRead, 0)
  t.equal(miner.connections, 7)
  second?.end()
  const [data] = await answered
  t.match(String(data), /^HTTP\/1.1 200/)
})

t.test('firmware since v2.10 closes the least recently used connection for the 21st', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const held: Socket[] = []
  for (let i = 0; i < 20; i++) {
    held.push(await open(t, miner))
    await until('it is accepted', () => miner.connections === i + 1)
  }
  const [first, second] = held
  first?.write(question)
  if (first) await once(first, 'data')
  const closed = new Promise((resolve) => second?.once('close', resolve).resume())
  t.equal((await infoOf(miner))['version'], 'v2.12.2')
  await closed
  t.equal(first?.destroyed, false, 'the recently used one stays')
})

t.test('a connection stays open for the next request, except with NerdQAxe', async (t) => {
  for (const [profile, expected] of [
    ['v2.12.2', 2],
    ['V1.0.37', 1]
  ] as const) {
    const socket = await open(t, await minerOf(t, profile))
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    const answers = (): number => text.split('HTTP/1.1 200').length - 1
    socket.write(question)
    await until('the first answer is here', () => answers() === 1)
    socket.write(question)
    await until(
      'the second answer or the end is here',
      () => answers() === 2 || socket.readableEnded || socket.destroyed
    )
    t.equal(answers(), expected, profile)
  }
})

const upgrade =
  'GET /api/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
const change = 'PATCH /api/system HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'
const restart = 'POST /api/system/restart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'

t.test('requests, upgrades and restarts sent at once on one connection do not block the miner', async (t) => {
  for (const text of [
    question + question + upgrade,
    change + question,
    restart + question,
    question + restart + question
  ]) {
    for (const profile of ['V1.0.37', 'v2.12.2']) {
      const miner = await minerOf(t, profile, { latencyMs: 1, restartDelayMs: 1, bootTimeMs: 0 })
      const socket = await open(t, miner)
      socket.write(text)
      await until('all have arrived', () => miner.requests >= 2)
      await until('it answers again', () => infoOf(miner).catch(() => null))
      t.pass(`${profile} after ${text.length} bytes`)
    }
  }
})

t.test('an upgrade that hangs ends with its client', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const socket = await open(t, miner)
  miner.fault('hang')
  socket.write(upgrade)
  await until('it has arrived', () => miner.requests === 1)
  socket.destroy()
  await until('the connection is gone', () => miner.connections === 0)
  t.equal(miner.logClients, 0)
})

t.test('a body that never arrives times out, and then the others are served', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const socket = await open(t, miner)
  socket.write('PATCH /api/system HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{')
  await until('it has arrived', () => miner.requests === 1)
  const other = infoOf(miner)
  const [data] = await once(socket, 'data')
  t.match(String(data), /^HTTP\/1.1 500 [^]*Failed to post control value$/)
  t.match(await other, { frequency: 625 })
})
