import t from 'tap'
import { codeOf, hasCode } from '../../../src/errors/code-of.ts'

t.test('the code of any thrown value is read as text', async (t) => {
  t.equal(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT')
  t.equal(codeOf(new DOMException('late', 'TimeoutError')), '23')
  for (const none of [new Error('x'), { code: 'ENOENT' }, null, undefined, 'ENOENT']) t.equal(codeOf(none), undefined)
})

t.test('an error has a code when it is one of those asked for', async (t) => {
  const error = Object.assign(new Error('x'), { code: 'EIO' })
  t.ok(hasCode(error, 'ENOSPC', 'EIO'))
  t.notOk(hasCode(error, 'ENOSPC'))
  t.notOk(hasCode(new Error('x'), 'undefined'))
})
