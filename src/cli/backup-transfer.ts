import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CONTENT_TYPE } from '../backup-file/format.ts'
import { readBackup, type BackupSummary } from '../backup-file/read.ts'
import { renameDurably } from '../durable-file.ts'
import { codeOf } from '../errors/code-of.ts'
import { endpointOf, type Connection } from './connection.ts'

/** A backup could not be downloaded or uploaded. The message says why. */
class TransferError extends Error {
  readonly code = 'PLUTO_TRANSFER'
}

/** What a backup file holds. */
interface FileSummary extends BackupSummary {
  bytes: number
  /** Number of records, by table. */
  tables: Map<string, number>
}

/** Reads a backup file to its end. @throws {TransferError | BackupInvalidError | BackupTooLargeError} */
export async function verifyFile(file: string): Promise<FileSummary> {
  const tables = new Map<string, number>()
  const { size } = await stat(file).catch((error: Error) => {
    throw new TransferError(error.message)
  })
  const summary = await readBackup(createReadStream(file), {
    onRecord: ({ table }) => void tables.set(table, (tables.get(table) ?? 0) + 1)
  })
  return { ...summary, bytes: size, tables }
}

/** Formats what a backup file holds as one line. */
export function formatSummary({ header, records, bytes, tables }: FileSummary): string {
  const count = (table: string) => tables.get(table) ?? 0
  const parts = [
    `${records} records`,
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${count('imprinted')} devices`,
    `${count('presets')} presets`,
    `made ${header.createdAt}`,
    `key ${header.keyId}`
  ]
  return parts.join(', ')
}

/**
 * Downloads a backup into a file that only its owner may read. The file is replaced only by a complete, verified backup.
 * @throws {TransferError | BackupInvalidError | BackupTooLargeError} the file is as it was before
 */
export async function downloadBackup(connection: Connection, file: string): Promise<FileSummary> {
  await requireRegularFile(file)
  const partial = `${file}.partial`
  try {
    const response = await request(connection, endpointOf(connection, '/backup'), { method: 'POST' })
    await rm(partial, { force: true })
    await pipeline(
      Readable.from(response.body ?? []),
      createWriteStream(partial, { mode: 0o600, flags: 'wx', flush: true })
    )
    const summary = await verifyFile(partial)
    await renameDurably(partial, file)
    return summary
  } catch (error) {
    await rm(partial, { force: true })
    if (codeOf(error)?.startsWith('PLUTO_')) throw error
    throw new TransferError(`${file} was not written: ${causeOf(error as Error)}`)
  }
}

/** Refuses to replace a directory or a device such as /dev/null, which root could do. */
async function requireRegularFile(file: string): Promise<void> {
  const existing = await stat(file).catch(() => null)
  if (existing && !existing.isFile()) throw new TransferError(`${file} is not a regular file: choose another name`)
}

/** Uploads a backup file to a backend, which restores it. @returns the backend's counts @throws {TransferError} */
export async function uploadBackup(connection: Connection, file: string, withoutPasswords: boolean): Promise<object> {
  const handle = await open(file)
  const url = endpointOf(connection, '/backup')
  if (withoutPasswords) url.searchParams.set('withoutPasswords', 'true')
  const body = handle.readableWebStream({ autoClose: true })
  const headers = { 'content-type': CONTENT_TYPE }
  const response = await request(connection, url, { method: 'PUT', headers, body, duplex: 'half' as const })
  return ((await response.json()) as { data: object }).data
}

async function request({ headers }: Connection, url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, headers: { ...headers, ...init.headers } }).catch((error: Error) => {
    throw new TransferError(`${url.host} cannot be reached: ${causeOf(error)}`)
  })
  if (response.ok) return response
  const { message = `status ${response.status}` } = (await response.json().catch(() => ({}))) as { message?: string }
  throw new TransferError(`${url.host}: ${message}`)
}

/** Returns the cause of an error of `fetch`, whose own message is only "fetch failed". */
function causeOf(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? (codeOf(cause) ?? cause.message) : error.message
}
