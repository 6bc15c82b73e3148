import t from 'tap'
import { clientKeyOf } from '../../src/http/client-key.ts'

t.test('IPv4 addresses are counted one by one, in either spelling', async (t) => {
  t.equal(clientKeyOf('192.168.1.20'), '192.168.1.20')
  t.equal(clientKeyOf('::ffff:192.168.1.20'), '192.168.1.20')
})

t.test('P44: IPv6 addresses are counted by their /64', async (t) => {
  t.equal(clientKeyOf('2001:db8:1:2:aaaa::1'), clientKeyOf('2001:db8:1:2:ffff:1:2:3'))
  t.not(clientKeyOf('2001:db8:1:2::1'), clientKeyOf('2001:db8:1:3::1'))
  t.equal(clientKeyOf('fd00::1'), clientKeyOf('fd00:0:0:0:9::'))
})

t.test('P44: link-local addresses are counted one by one: a whole network shares their /64', async (t) => {
  t.not(clientKeyOf('fe80::1%eth0'), clientKeyOf('fe80::2%eth0'))
})

t.test('text that is no address is its own key', async (t) => {
  for (const text of ['', 'unknown', 'a:b']) t.equal(clientKeyOf(text), text)
})
