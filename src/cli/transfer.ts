import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { renameDurably } from '../durable-file.ts'
import { CONTENT_TYPE } from '../backup-file/format.ts'
import { readBackup, type BackupSummary } from '../backup-file/read.ts'
import { ask, reasonOf, TransferError, type Service } from './service.ts'

/** A backup in a file: what it holds, table by table, and its size. */
export interface FileSummary extends BackupSummary {
  bytes: number
  tables: Map<string, number>
}

/** Reads a file to its end. @throws {BackupInvalidError} it is not a whole backup */
export async function checkFile(file: string): Promise<FileSummary> {
  const tables = new Map<string, number>()
  const { size } = await stat(file).catch((error: Error) => {
    throw new TransferError(error.message)
  })
  const summary = await readBackup(createReadStream(file), {
    record: ({ table }) => void tables.set(table, (tables.get(table) ?? 0) + 1)
  })
  return { ...summary, bytes: size, tables }
}

/**
 * Fetches a backup into a file that its owner alone may read. The file is there whole and checked, or as it was before.
 * @throws {TransferError | BackupInvalidError}
 */
export async function fetchBackup(service: Service, file: string): Promise<FileSummary> {
  await refuseSpecial(file)
  const partial = `${file}.partial`
  try {
    const answer = await ask(service, { method: 'POST' })
    await rm(partial, { force: true })
    await pipeline(
      Readable.from(answer.body ?? []),
      createWriteStream(partial, { mode: 0o600, flags: 'wx', flush: true })
    )
    const summary = await checkFile(partial)
    await renameDurably(partial, file)
    return summary
  } catch (error) {
    await rm(partial, { force: true })
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('PLUTO_')) throw error
    throw new TransferError(`${file} was not written: ${reasonOf(error as Error)}`)
  }
}

/** A backup takes the place of what was there: of a device such as /dev/null, too, for whoever may do that. */
async function refuseSpecial(file: string): Promise<void> {
  const known = await stat(file).catch(() => null)
  if (known && !known.isFile()) throw new TransferError(`${file} is no regular file: name another one`)
}

/** Brings the backup in a file to a backend. @returns what the backend says of it @throws {TransferError} */
export async function bringBackup(service: Service, file: string, withoutPasswords: boolean): Promise<object> {
  const handle = await open(file)
  const url = new URL(service.url)
  if (withoutPasswords) url.searchParams.set('withoutPasswords', 'true')
  const body = handle.readableWebStream({ autoClose: true })
  const init = { method: 'PUT', headers: { 'content-type': CONTENT_TYPE }, body, duplex: 'half' as const }
  const answer = await ask({ ...service, url }, init)
  return ((await answer.json()) as { data: object }).data
}
