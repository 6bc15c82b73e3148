import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { build } from '../helper.ts'

function* endless() {
  for (;;) yield 'x'.repeat(65_536)
}

t.test('P30 the backend stops without waiting for a client that does not read its response', async (t) => {
  const app = await build(t)
  const asked = Promise.withResolvers<undefined>()
  app.get('/endless', async (_, reply) => {
    asked.resolve(undefined)
    return reply.send(Readable.from(endless()))
  })
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.pause().write('GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await asked.promise
  await app.close()
  t.notOk(app.server.listening)
  t.notOk(app.db.isOpen, 'the store is closed')
})

t.test('a request over an open connection while the backend stops is refused in the one shape of errors', async (t) => {
  const app = await build(t)
  const asked = Promise.withResolvers<undefined>()
  const slow = Promise.withResolvers<string>()
  app.get('/slow', () => {
    asked.resolve(undefined)
    return slow.promise
  })
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const answers = text(socket)
  await once(socket, 'connect')
  socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await asked.promise
  const closed = app.close()
  const refused = new Promise((resolve) => app.server.once('request', resolve))
  socket.write('GET /presets HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await refused
  slow.resolve('done')
  const [, first = '', , second = ''] = (await answers).split(/\r\n\r\n|(?=HTTP)/)
  t.match(first, /^done/)
  t.match(JSON.parse(second), { statusCode: 503, code: 'PLUTO_CLOSING', requestId: String })
  await closed
})
