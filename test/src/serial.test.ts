import t from 'tap'
import { createSerial } from '../../src/serial.ts'

t.test('tasks run one at a time, in the order in which they were given', async (t) => {
  const serial = createSerial()
  const steps: string[] = []
  const first = Promise.withResolvers<string>()
  const results = [
    serial.run(async () => {
      steps.push('first begins')
      const result = await first.promise
      steps.push('first ends')
      return result
    }),
    serial.run(() => {
      steps.push('second')
      return 2
    })
  ]
  first.resolve('one')
  t.same(await Promise.all(results), ['one', 2])
  t.same(steps, ['first begins', 'first ends', 'second'])
})

t.test('a task that fails rejects for its own caller and holds nobody up', async (t) => {
  const serial = createSerial()
  const failed = serial.run(() => Promise.reject(new Error('no')))
  const next = serial.run(() => 'yes')
  await t.rejects(failed, { message: 'no' })
  t.equal(await next, 'yes')
})

t.test('it is idle when every task given so far has ended, also when one has failed', async (t) => {
  const serial = createSerial()
  let ended = false
  serial.run(() => Promise.reject(new Error('no'))).catch(() => undefined)
  void serial.run(() => (ended = true))
  await serial.idle()
  t.ok(ended)
})
