import fc from 'fast-check'
import t from 'tap'
import { redactLine } from '../../src/redact.ts'

const tx = 'I (3) stratum_api: tx: '

t.test('P19 the password of an authorization is taken out of a line, and its user stays', async (t) => {
  t.equal(
    redactLine(`${tx}{"id":3,"method":"mining.authorize","params":["bc1q.worker","hunter2"]}`),
    `${tx}{"id":3,"method":"mining.authorize","params":["bc1q.worker","[redacted]"]}`
  )
})

const leaky = [
  '{"id":3,"method":"mining.authorize","params":["u","hunter2"]}',
  '{"id": 3, "method": "mining.authorize", "params": [ "u" , "hunter2" ]}',
  '{"params":["u","hunter2"],"id":3,"method":"mining.authorize"}',
  '{"id":3,"method":"mining.authorize","params":["u","hunter2',
  '{"id":3,"method":"mining.authorize","params":["u\\"v","hunter2"]}',
  '{"id":3,"method":"mining.authorize","params":["u","\\"hunter2\\" or \\\\hunter2"]}',
  '{\\"id\\":3,\\"method\\":\\"mining.authorize\\",\\"params\\":[\\"u\\",\\"hunter2\\"]}',
  '{"method":"mining.subscribe","params":["a"]}{"method":"mining.authorize","params":["u","hunter2"]}',
  '{"id":3,"params":["u","hunter2"]}',
  'rize","params":["u","hunter2"]}',
  'connected with password=hunter2',
  'SSID:home password:hunter2 with blanks hunter2',
  'Password = "hunter2", next',
  '{"wifiPass":"hunter2","ssid":"home"}',
  '{"wifiPass" : "with \\" quote hunter2" }',
  '{\\"stratumPassword\\":\\"hunter2\\"}',
  "{'fallbackStratumPassword': 'hunter2'}",
  'passphrase: hunter2',
  'pool stratum+tcp://user:hunter2@pool.example:3333'
]
for (const line of leaky) {
  t.test(`P19 a password is found in ${line}`, async (t) => t.notMatch(redactLine(tx + line), /hunter2/))
}

t.test('P19 no authorization leaves a part of its password, not even in a line that is cut', async () => {
  const text = fc.string({ minLength: 12, unit: fc.constantFrom(...'abcXYZ09"\\,]}{: \u00e9') })
  const where = fc.integer({ min: 0, max: 200 })
  fc.assert(
    fc.property(text, text, where, (user, password, cut) => {
      const whole = `${tx}${JSON.stringify({ id: 3, method: 'mining.authorize', params: [user, password] })}`
      const line = whole.slice(0, whole.length - cut)
      const written = JSON.stringify(password).slice(1, -1)
      const redacted = redactLine(line)
      for (let i = 0; i + 8 <= written.length; i++) {
        const part = written.slice(i, i + 8)
        if (!JSON.stringify(user).includes(part) && redacted.includes(part)) return false
      }
      return true
    })
  )
})

t.test('a line without secrets stays as it is', async (t) => {
  for (const line of [
    `${tx}{"id": 32242, "method": "mining.submit", "params": ["bc1q.bitaxe", "64851638001239e9", "0800000000000000"]}`,
    'I (1) stratum_task: rx: {"id":null,"method":"mining.notify","params":["a","b","c",[],"2"]}',
    'I (1) stratum_task: rx: {"error":null,"id":6,"result":true}',
    'I (1) self_test: 3 tests passed, 0 failed',
    'I (1) main: http://192.168.1.2:80/api'
  ])
    t.equal(redactLine(line), line)
})

t.test('a line made to keep a matcher busy is done at once', async (t) => {
  for (const part of ['password=', '"params":[', '\\"', '\\', '"', 'pass', '://a:', 'mining.authorize"params":["'])
    t.type(redactLine(part.repeat(8192 / part.length)), 'string')
})
