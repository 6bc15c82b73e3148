import t from 'tap'
import { createLineReader, MAX_LINE_LENGTH } from '../../../plugins/logs/line-reader.ts'

const textsOf = (read: ReturnType<typeof createLineReader>, ...frames: (string | Buffer)[]) =>
  frames.flatMap((frame) => read(Buffer.from(frame)).map((line) => line.text))

t.test('a frame may hold several lines, a part of one, or only its end', async (t) => {
  const read = createLineReader()
  t.same(textsOf(read, 'one\ntwo\nthr', 'ee', '\n', 'four\r\n'), ['one', 'two', 'three', 'four'])
})

t.test('a character that is split between frames is decoded whole, and invalid UTF-8 does no harm', async (t) => {
  const degrees = Buffer.from('51 °C\n')
  const read = createLineReader()
  t.same(textsOf(read, degrees.subarray(0, 4), degrees.subarray(4)), ['51 °C'])
  t.same(textsOf(read, Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a])), ['a\ufffd\ufffdb'])
})

t.test('P18 an endless line is cut, the rest of it is lost, and the next line is whole', async (t) => {
  const read = createLineReader()
  for (let i = 0; i < 50; i++) t.same(read(Buffer.from('x'.repeat(1000))), [])
  const [long, next] = read(Buffer.from('secret tail\nnext\n'))
  t.match(long, { cut: true, text: 'x'.repeat(MAX_LINE_LENGTH) })
  t.equal(long?.text.length, MAX_LINE_LENGTH)
  t.match(next, { cut: false, text: 'next' })
})

t.test('only the first line of a connection may be the end of another', async (t) => {
  const lines = createLineReader()(Buffer.from('a\nb\n'))
  t.same(
    lines.map((line) => line.first),
    [true, false]
  )
})
