import t from 'tap'
import { openLiveStream } from '../../../../plugins/axeos/streams/live-stream.ts'
import type { OpenStream } from '../../../../plugins/axeos/streams/miner-stream.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import { fixture, GAMMA } from '../helper.ts'

const address = { host: '127.0.0.1', port: 80, text: '127.0.0.1' }
const times = { handshakeMs: 1000, pingMs: 25_000, staleMs: 60_000, retryMs: 1000 }

/** A live stream of the captured Gamma, the function that delivers a frame to it, and the number of its ends. */
function openStream() {
  let deliver = (_text: string): void => undefined
  let ends = 0
  const open: OpenStream = (_address, _path, _limits, events) => {
    deliver = (text) => events.frame(Buffer.from(text))
    return { close: () => undefined }
  }
  const stream = openLiveStream(open, address, toReading(fixture(GAMMA)), times, () => (ends += 1))
  return { stream, deliver: (text: string) => deliver(text), ends: () => ends }
}

const update = (data: unknown) => JSON.stringify({ event: 'update', data })

t.test('updates are merged into the first info', async (t) => {
  const { stream, deliver, ends } = openStream()
  t.equal(stream.info(), null)
  deliver(update(fixture(GAMMA)))
  deliver(update({ hashRate: 7 }))
  t.match(stream.info(), { hashRate: 7, ASICModel: 'BM1370' })
  t.equal(ends(), 0)
})

t.test('a __proto__ in an update reaches no prototype and no record', async (t) => {
  const { stream, deliver } = openStream()
  deliver(update(fixture(GAMMA)))
  deliver(
    '{"event":"update","data":{"temp":50,"__proto__":{"polluted":true},"stratum":{"__proto__":{"polluted":true}}}}'
  )
  const info = stream.info()
  t.same(info?.stratum, {})
  t.equal(info?.temp, 50)
  t.equal(Object.assign({}, info, info?.stratum).polluted, undefined)
  t.notOk(Object.hasOwn(info ?? {}, '__proto__'))
})

const invalid = {
  'an update that nests too deep': update({ x: JSON.parse('['.repeat(16) + ']'.repeat(16)) }),
  'an update nested a hundred thousand levels deep': `{"event":"update","data":{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`,
  'a list': update([1]),
  'another event': '{"event":"log","data":{}}',
  'text that is not JSON': 'update'
}
for (const [what, frame] of Object.entries(invalid)) {
  t.test(`${what} ends the stream`, async (t) => {
    const { deliver, ends } = openStream()
    deliver(update(fixture(GAMMA)))
    deliver(frame)
    t.equal(ends(), 1)
  })
}

t.test('an update as deep as an answer may be is merged', async (t) => {
  const { stream, deliver } = openStream()
  deliver(update(fixture(GAMMA)))
  deliver(update({ x: JSON.parse('['.repeat(15) + ']'.repeat(15)) }))
  t.ok(stream.info()?.x)
})
