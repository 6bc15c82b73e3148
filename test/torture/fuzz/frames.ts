import type { Random } from '../random.ts'
import { corruptBytes } from './mutate.ts'

const LINES = [
  '\x1b[0;32mI (84237) stratum_task: rx: {"id":null,"method":"mining.notify","params":["66","00"]}\x1b[0m\n',
  'W (2) power: low\nE (3) asic: gone\n',
  '{"hashRate":1e400,"power":null}',
  '\u0000\u0001\n\n\n'
]
const LENGTHS = [0, 1, 125, 126, 127]

/** A log line that no miner writes. */
const malformedLine = (random: Random): Buffer => corruptBytes(random, Buffer.from(random.pick(LINES)))

/** A frame with random header bits: reserved bits, unknown opcodes, wrong lengths. @param masked whether it is masked, as a client's */
export function malformedFrame(random: Random, masked: boolean): Buffer {
  if (random.chance(0.2)) return Buffer.from(Array.from({ length: random.between(1, 60) }, () => random.below(256)))
  const body = malformedLine(random)
  const first = random.chance(0.5) ? 0x80 | random.below(3) : random.below(256)
  const length = random.chance(0.7) ? Math.min(body.length, 125) : random.pick(LENGTHS)
  const extended = length < 126 ? [] : Array.from({ length: length === 126 ? 2 : 8 }, () => random.below(256))
  const mask = masked ? [0, 0, 0, 0] : []
  return Buffer.concat([
    Buffer.from([first, (masked ? 0x80 : 0) | length, ...extended, ...mask]),
    body.subarray(0, 125)
  ])
}

/** A valid frame that contains a malformed line. */
export function frameWithMalformedLine(random: Random): Buffer {
  const line = malformedLine(random)
  const length = line.length < 126 ? [line.length] : [126, line.length >> 8, line.length & 255]
  return Buffer.concat([Buffer.from([0x80 | random.pick([1, 2]), ...length]), line])
}
