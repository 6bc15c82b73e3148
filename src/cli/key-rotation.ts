import type { Config } from '../config.ts'
import { renameDurably } from '../durable-file.ts'
import { RotationError, WrongKeyError } from '../errors/start.ts'
import { openStore, type Store } from '../../plugins/db/store.ts'
import { resealPresets, type Resealed } from '../../plugins/presets/secrets.ts'
import { createCipher } from '../../plugins/vault/cipher.ts'
import { keyFilesOf, settleRotation } from '../../plugins/vault/files.ts'
import { generateKey, parseKey, requireKey, writeKey } from '../../plugins/vault/key.ts'

type Settings = Pick<Config, 'DATA_DIR' | 'SECRETS_KEY' | 'NEW_SECRETS_KEY'>

/**
 * Seals every stored password with a new key and switches to that key. An interruption at any point does no harm: the new
 * key file is on disk before anything is sealed with it, the sealed passwords and the id of their key change in one batch, and
 * the next start moves the new key file into place if the rotation did not.
 * @param report called after each step
 * @throws {RotationError | WrongKeyError | KeyFileError} or an error of `openStore`; nothing has changed
 */
export async function rotateKey(settings: Settings, report: (step: string) => void): Promise<void> {
  const store = await openStore(settings.DATA_DIR, { mayCreate: false })
  try {
    await (settings.SECRETS_KEY === undefined ? rotateFile : rotateVariable)(store, settings, report)
  } finally {
    await store.close()
  }
}

async function rotateFile(store: Store, { DATA_DIR, NEW_SECRETS_KEY }: Settings, report: (step: string) => void) {
  const storeKeyId = keyIdOf(store)
  const settled = await settleRotation(DATA_DIR, storeKeyId)
  if (settled) report(`an interrupted earlier rotation has been ${settled}`)
  const files = keyFilesOf(DATA_DIR)
  const oldKey = await requireKey(files.current)
  const from = createCipher(oldKey)
  if (from.keyId !== storeKeyId) throw new WrongKeyError(DATA_DIR, storeKeyId, from.keyId)
  const key = (NEW_SECRETS_KEY && parseKey(NEW_SECRETS_KEY)) || generateKey()
  const to = createCipher(key)
  if (to.keyId === storeKeyId) throw new RotationError('NEW_SECRETS_KEY is the key in use')
  await writeKey(files.old(storeKeyId), oldKey)
  await writeKey(files.next, key)
  report(`wrote the new key ${to.keyId} beside the old one`)
  await reseal(store, from, to, report)
  await renameDurably(files.next, files.current)
  report(`the new key is now ${files.current}`)
  report(`the old key is kept as ${files.old(storeKeyId)}: only older backups need it`)
}

async function rotateVariable(store: Store, settings: Settings, report: (step: string) => void) {
  const { DATA_DIR, SECRETS_KEY = '', NEW_SECRETS_KEY = '' } = settings
  const [oldKey, newKey] = [parseKey(SECRETS_KEY), parseKey(NEW_SECRETS_KEY)]
  if (!oldKey || !newKey)
    throw new RotationError(
      'SECRETS_KEY is set, so set NEW_SECRETS_KEY to the new key ("openssl rand -hex 32" generates one)'
    )
  const [from, to] = [createCipher(oldKey), createCipher(newKey)]
  const storeKeyId = keyIdOf(store)
  if (from.keyId === to.keyId) throw new RotationError('NEW_SECRETS_KEY is the same as SECRETS_KEY')
  if (storeKeyId === to.keyId)
    return report('the passwords are already sealed with NEW_SECRETS_KEY: set SECRETS_KEY to it')
  if (from.keyId !== storeKeyId) throw new WrongKeyError(DATA_DIR, storeKeyId, from.keyId)
  await reseal(store, from, to, report)
  report('set SECRETS_KEY to the new key before you start the backend again; older backups need the old key')
}

function keyIdOf(store: Store): string {
  const storeKeyId = store.meta.get('keyId')
  if (storeKeyId === undefined)
    throw new RotationError('the store has no key yet; the first start of the backend creates one')
  return storeKeyId
}

type Cipher = ReturnType<typeof createCipher>

async function reseal(store: Store, from: Cipher, to: Cipher, report: (step: string) => void): Promise<void> {
  let resealed: Resealed | undefined
  await store.commit(() => {
    resealed = resealPresets(store.presets.list(), from, to)
    const presets = resealed.records.map((record) => store.presets.put(record.uuid, record))
    return [...presets, store.meta.put('keyId', to.keyId)]
  })
  report(`${resealed?.count ?? 0} passwords are sealed with the key ${to.keyId}`)
  for (const password of resealed?.unreadable ?? [])
    report(`the ${password} is damaged and was left as it is: set it again with PATCH /presets/:id`)
}
