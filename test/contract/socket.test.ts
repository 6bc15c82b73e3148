import t from 'tap'
import { until } from '../helper.ts'
import { collect, connect, IP, MAC, start, startImprinted, type Device } from './helper.ts'

const paths = ['/socket/io', '/socket/io/']
const transports = [['websocket'], ['polling'], ['polling', 'websocket']] as const

t.test('GET /socket/io without an engine query is answered as the frontend expects', async (t) => {
  const { send } = await start(t, { devices: 1 })
  for (const path of paths) {
    const { status, body } = await send('GET', path)
    t.equal(status, 200, path)
    t.same(body, { message: 'Socket started listening to devices' }, path)
  }
})

t.test('P29 events reach clients of each transport and path, who called nothing before', async (t) => {
  const { url, macs } = await startImprinted(t, { devices: 1 })
  for (const path of paths) {
    for (const way of transports) {
      for (const addTrailingSlash of [false, true]) {
        const socket = connect(t, url, { path, transports: [...way], addTrailingSlash })
        const heard = collect<Device>(socket, 'stat_update')
        const name = `${path} ${way.join()} ${addTrailingSlash}`
        const device = await until(`an update is heard at ${name}`, () => heard[0])
        t.match(device, { mac: macs[0], ip: IP, type: String, tracing: true, info: { ASICModel: 'BM1370' } }, name)
        await until('the transport is the last', () => socket.io.engine.transport.name === way.at(-1))
        socket.disconnect()
      }
    }
  }
})

t.test('stat_update, error and device_removed have what clients read of them', async (t) => {
  const { url, send, fleet } = await startImprinted(t, { devices: 2 })
  const [bad, good] = fleet.miners
  const socket = connect(t, url)
  const updates = collect<Device>(socket, 'stat_update')
  const errors = collect<Device & { error: string }>(socket, 'error')
  const removed = collect<{ ipRemoved: string; macRemoved: string; remainingIps: string[] }>(socket, 'device_removed')
  await until('updates of both have arrived', () => new Set(updates.map(({ mac }) => mac)).size === 2)
  for (const update of updates) {
    t.match(update, { mac: MAC, ip: IP, type: String, tracing: true, info: { hashRate: Number } })
    t.notOk('error' in update)
  }
  t.same(errors, [])
  bad?.fault('http500')
  const { error, ...device } = await until('the error is heard', () => errors[0])
  t.match(device, { mac: bad?.mac, ip: bad?.address, tracing: false, type: String, info: { ASICModel: 'BM1370' } })
  t.type(error, 'string')
  await send('PUT', '/devices/listen', { macs: [good?.mac] })
  await until('the removal is heard', () => removed[0])
  t.same(removed, [{ ipRemoved: bad?.address, macRemoved: bad?.mac, remainingIps: [good?.address] }])
})

t.test('P15 log lines reach the sockets that enabled them, each by its own switch', async (t) => {
  const { url, send, macs } = await startImprinted(t, { devices: 1, logLinesPerSecond: 50 })
  const [on, off] = [connect(t, url), connect(t, url)]
  const lines = [on, off].map((socket) => collect<Device>(socket, 'logs_update'))
  const statuses = [on, off].map((socket) => collect<boolean>(socket, 'logsListeningStatus'))
  t.equal((await send('PUT', '/devices/listen', { macs, traceLogs: true })).status, 200)
  on.emit('checkLogsListening')
  await until('the answer is told', () => statuses[0]?.length === 1)
  t.same(statuses[0], [false], 'off at first')
  on.emit('enableLogsListening')
  await until('the answer is told', () => statuses[0]?.length === 2)
  off.emit('checkLogsListening')
  await until('the answer is told', () => statuses[1]?.length === 1)
  t.same(statuses, [[false, true], [false]])
  const line = await until('a line is heard', () => lines[0]?.[0])
  t.match(line, { mac: macs[0], ip: IP, type: String })
  t.type(line.info, 'string')
  on.emit('disableLogsListening')
  await until('the answer is told', () => statuses[0]?.length === 3)
  t.equal(statuses[0]?.at(-1), false)
  const heard = lines[0]?.length
  off.emit('enableLogsListening')
  await until('the other hears lines', () => (lines[1]?.length ?? 0) > 3)
  t.equal(lines[0]?.length, heard)
})
