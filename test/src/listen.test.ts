import type { EventEmitter } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers'
import { io } from 'socket.io-client'
import t from 'tap'
import { listen } from '../../src/http/listen.ts'
import { build, until } from '../helper.ts'

const ADDRESSES = ['127.0.0.1', '[::1]']
/** Not every machine resolves localhost to both. */
const both = async () => ['127.0.0.1', '::1']

t.test(
  'P37 on localhost, each address has the same service, limits and Socket.IO, and outlives failed accepts',
  async (t) => {
    const app = await build(t, { MAX_CONNECTIONS_PER_ADDRESS: 20 })
    const port = new URL(await listen(app, { port: 0, host: 'localhost' }, both)).port
    const server: EventEmitter = app.server
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' }))
    t.equal(app.shortages.present, 'EMFILE')
    for (const address of ADDRESSES) {
      const url = `http://${address}:${port}`
      t.equal((await fetch(`${url}/healthz`, { headers: { connection: 'close' } })).status, 200, address)
      t.equal(
        (await fetch(`${url}/socket/io?EIO=4&transport=polling`, { headers: { connection: 'close' } })).status,
        200
      )
      const client = io(url, { path: '/socket/io', transports: ['websocket'], reconnection: false })
      t.teardown(() => client.close())
      await until('a client is connected', () => client.connected)
      client.close()
      const sockets = Array.from({ length: 40 }, () => connect(Number(port), address.replace(/[[\]]/g, '')))
      t.teardown(() => sockets.forEach((socket) => socket.destroy()))
      for (const socket of sockets) socket.on('error', () => undefined).resume()
      await until('those beyond the limit are not let in', () => sockets.filter((socket) => socket.closed).length >= 20)
      for (const socket of sockets) socket.destroy()
    }
    await app.close()
    for (const address of ADDRESSES) await t.rejects(fetch(`http://${address}:${port}/healthz`), address)
  }
)

t.test('P30 on localhost, a request to the second address is answered before the service has closed', async (t) => {
  const app = await build(t)
  let release: (() => void) | undefined
  app.get('/test/slow', () => new Promise((resolve) => (release = () => resolve('done'))))
  const port = new URL(await listen(app, { port: 0, host: 'localhost' }, both)).port
  const answer = fetch(`http://[::1]:${port}/test/slow`)
  const finish = await until('it is being served', () => release)
  const closed = app.close()
  setTimeout(finish, 0)
  t.equal(await (await answer).text(), 'done')
  await closed
})

for (const host of ['::1', '::']) {
  t.test(`P37 the service works on an IPv6 address: HOST=${host}`, async (t) => {
    const app = await build(t)
    const port = new URL(await listen(app, { port: 0, host })).port
    t.equal((await fetch(`http://[::1]:${port}/readyz`)).status, 200)
  })
}
