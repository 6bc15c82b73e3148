import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import t from 'tap'
import { build } from '../helper.ts'

function* endless() {
  for (;;) yield 'x'.repeat(65_536)
}

t.test('P30 a client that does not read its answer is not waited for when the backend stops', async (t) => {
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
