import { mock } from 'node:test'
import t from 'tap'
import { createProgress } from '../../../plugins/operations/progress.ts'

t.test('progress is emitted at once, then at most ten times a second, and at the end', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let told = 0
  const progress = createProgress(() => told++)
  progress.report()
  t.equal(told, 1, 'at once')
  for (let i = 0; i < 1000; i++) {
    progress.report()
    mock.timers.tick(1)
  }
  t.equal(told, 11, 'a thousand changes within a second')
  progress.report()
  progress.finish()
  t.equal(told, 12, 'the end at once')
  mock.timers.tick(1000)
  t.equal(told, 12, 'and nothing after it')
})
