import { BackupInvalidError, BackupTooLargeError } from '../errors/store.ts'
import { MAX_LINE_BYTES } from './format.ts'

/**
 * Splits chunks of bytes into lines, without their line breaks. The last line must end with a line break.
 * @throws {BackupTooLargeError} there are more than `maxBytes` bytes
 * @throws {BackupInvalidError} a line is too long or cut off
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  let bytes = 0
  let line = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new BackupTooLargeError(maxBytes)
    rest = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      line++
      yield rest.subarray(start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
    if (rest.length > MAX_LINE_BYTES) throw new BackupInvalidError(`line ${line + 1} is too long`)
  }
  if (rest.length > 0) throw new BackupInvalidError(`it is cut off in line ${line + 1}`)
}
