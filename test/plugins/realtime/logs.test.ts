import t, { type Test } from 'tap'
import type { Simulator } from '../../../src/simulator/types.ts'
import type { LogEntry } from '../../../schemas/log.ts'
import { until, watchFleet } from '../../helper.ts'
import { quickLogs, view } from '../logs/helper.ts'
import { ask, collect, connect } from './helper.ts'

const watch = (t: Test, overrides = {}) =>
  watchFleet(t, { devices: 2, profiles: ['v2.12.2', 'v2.15.3'], logLinesPerSecond: 100 }, overrides, quickLogs)

const listen = (url: string, body: unknown) =>
  fetch(`${url}/devices/listen`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })

const clientsOf = (fleet: Simulator) => fleet.miners.map((miner) => miner.logClients)

t.test('P15 each client switches log lines on and off for itself only', async (t) => {
  const { url, fleet } = await watch(t)
  const [one, other] = [connect(t, url), connect(t, url, 'polling')]
  const [heard, silent] = [collect(one, 'logs_update'), collect(other, 'logs_update')]
  t.equal(await ask(one, 'checkLogsListening'), false)
  t.equal(await ask(one, 'enableLogsListening'), true)
  t.equal(await ask(one, 'enableLogsListening'), true)
  t.equal(await ask(other, 'checkLogsListening'), false)
  await until('lines of both miners come', () =>
    fleet.miners.every(({ mac }) => heard.some((line) => line.mac === mac))
  )
  t.same(silent, [])
  t.match(heard[0], { mac: String, ip: String, info: /^[EWI] \(\d+\) /, tracing: true })

  t.equal(await ask(other, 'enableLogsListening'), true)
  await until('the other hears lines', () => silent.length > 5)
  t.equal(await ask(one, 'disableLogsListening'), false)
  const [before, beforeOther] = [heard.length, silent.length]
  await until('the other goes on', () => silent.length > beforeOther + 20)
  t.equal(heard.length, before)
  t.same(clientsOf(fleet), [1, 1])
  other.disconnect()
  await until('no miner has a client', () => clientsOf(fleet).every((count) => count === 0))
})

t.test('enabling log lines includes devices that are imprinted later', async (t) => {
  const { app, url, fleet } = await watch(t)
  const [first, second] = fleet.miners
  await app.devices.remove(first?.mac ?? '')
  const socket = connect(t, url)
  const heard = collect(socket, 'logs_update')
  await ask(socket, 'enableLogsListening')
  await until('lines of the one come', () => heard.some(({ mac }) => mac === second?.mac))
  await app.devices.imprint([first?.mac ?? ''])
  await until('lines of the other come', () => heard.some(({ mac }) => mac === first?.mac))
})

t.test('P16 logs start for devices that are already polled, and stop when no client listens', async (t) => {
  const { url, fleet } = await watch(t)
  const macs = fleet.miners.map(({ mac }) => mac)
  await listen(url, { macs })
  t.same(clientsOf(fleet), [0, 0])
  t.equal((await listen(url, { macs, traceLogs: true })).status, 200)
  await until('both streams are open', () => clientsOf(fleet).every((count) => count === 1))
  const { data } = await until('lines are kept', async () => {
    const answer = (await (await fetch(`${url}/devices/${macs[0]}/logs`)).json()) as { data: LogEntry[] }
    return answer.data.length > 0 ? answer : null
  })
  t.match(data[0], { mac: macs[0], seq: 1 })
  await listen(url, { macs: macs.slice(1), traceLogs: true })
  await until('one stream is left', () => clientsOf(fleet)[0] === 0)
  t.same(clientsOf(fleet), [0, 1])
  await listen(url, { macs })
  await until('none is left', () => clientsOf(fleet)[1] === 0)
})

t.test('P19 the pool password that miners log is found in no event, frame, answer or log line', async (t) => {
  const { app, url, fleet } = await watch(t)
  const logged: string[] = []
  for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const)
    app.log[level] = (...args: unknown[]) => void logged.push(JSON.stringify(args))
  const socket = connect(t, url)
  const events: unknown[] = []
  socket.onAny((...event) => events.push(event))
  app.bus.on('log.received', (entry) => events.push(entry))
  await ask(socket, 'enableLogsListening')
  const viewer = view(t, url)
  const authorized = ({ raw }: { raw: string }) => raw.includes('mining.authorize')
  await until('authorizations have come', () =>
    fleet.miners.every(({ mac }) => viewer.lines(mac).filter(authorized).length > 2)
  )
  const answers = await Promise.all(
    fleet.miners.flatMap(({ mac }) =>
      ['json', 'text'].map(async (format) => (await fetch(`${url}/devices/${mac}/logs?format=${format}`)).text())
    )
  )
  const everything = JSON.stringify([viewer.frames, events, answers, logged])
  const secrets = fleet.miners.flatMap((miner) => Object.values(miner.secrets()))
  t.ok(secrets.length > 4 && everything.includes('[redacted]') && answers.every((text) => text.includes('authorize')))
  for (const secret of secrets) t.notOk(everything.includes(secret), secret)
})
