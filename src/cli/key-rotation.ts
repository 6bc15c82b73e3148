import type { Config } from '../config.ts'
import { renameDurably } from '../durable-file.ts'
import { RotationError, WrongKeyError } from '../errors/start.ts'
import { openStore, type Store } from '../../plugins/db/store.ts'
import { resealPresets, type Resealed } from '../../plugins/presets/secrets.ts'
import { createCipher } from '../../plugins/vault/cipher.ts'
import { keyFilesOf, settleRotation } from '../../plugins/vault/files.ts'
import { makeKey, parseKey, requireKey, writeKey } from '../../plugins/vault/key.ts'

type Settings = Pick<Config, 'DATA_DIR' | 'SECRETS_KEY' | 'NEW_SECRETS_KEY'>

/**
 * Seals every stored password with a new key, and switches to that key. Whatever cuts it off, the store starts with the
 * key that is there: the new key file is on disk before anything is sealed with it, the seals and the id of their key change
 * in one batch, and the next start puts the new file in its place where that was not come to.
 * @param told of each step that is done
 * @throws {RotationError | WrongKeyError | KeyFileError} and as `openStore`: nothing was changed
 */
export async function rotateKey(settings: Settings, told: (step: string) => void): Promise<void> {
  const store = await openStore(settings.DATA_DIR, { mayCreate: false })
  try {
    await (settings.SECRETS_KEY === undefined ? rotateFile : rotateVariable)(store, settings, told)
  } finally {
    await store.close()
  }
}

async function rotateFile(store: Store, { DATA_DIR, NEW_SECRETS_KEY }: Settings, told: (step: string) => void) {
  const known = keyIdOf(store)
  const leftover = await settleRotation(DATA_DIR, known)
  if (leftover) told(`a rotation that was cut off before has been ${leftover}`)
  const files = keyFilesOf(DATA_DIR)
  const oldKey = await requireKey(files.current)
  const from = createCipher(oldKey)
  if (from.keyId !== known) throw new WrongKeyError(DATA_DIR, known, from.keyId)
  const key = (NEW_SECRETS_KEY && parseKey(NEW_SECRETS_KEY)) || makeKey()
  const to = createCipher(key)
  if (to.keyId === known) throw new RotationError('NEW_SECRETS_KEY is the key that is in use')
  await writeKey(files.old(known), oldKey)
  await writeKey(files.next, key)
  told(`the new key ${to.keyId} is beside the old one`)
  await reseal(store, from, to, told)
  await renameDurably(files.next, files.current)
  told(`the new key is in its place, ${files.current}`)
  told(`the old one is kept as ${files.old(known)}: backups made before want it, nothing else does`)
}

async function rotateVariable(store: Store, settings: Settings, told: (step: string) => void) {
  const { DATA_DIR, SECRETS_KEY = '', NEW_SECRETS_KEY = '' } = settings
  const [oldKey, newKey] = [parseKey(SECRETS_KEY), parseKey(NEW_SECRETS_KEY)]
  if (!oldKey || !newKey)
    throw new RotationError(
      'SECRETS_KEY is set, so give the new key in NEW_SECRETS_KEY ("openssl rand -hex 32" makes one)'
    )
  const [from, to] = [createCipher(oldKey), createCipher(newKey)]
  const known = keyIdOf(store)
  if (from.keyId === to.keyId) throw new RotationError('NEW_SECRETS_KEY is the same as SECRETS_KEY')
  if (known === to.keyId) return told('the passwords are sealed with NEW_SECRETS_KEY already: set SECRETS_KEY to it')
  if (from.keyId !== known) throw new WrongKeyError(DATA_DIR, known, from.keyId)
  await reseal(store, from, to, told)
  told('set SECRETS_KEY to the new key before the backend starts again; backups made before want the old one')
}

function keyIdOf(store: Store): string {
  const known = store.meta.get('keyId')
  if (known === undefined) throw new RotationError('the store has no key yet, the first start of the backend makes it')
  return known
}

type Cipher = ReturnType<typeof createCipher>

async function reseal(store: Store, from: Cipher, to: Cipher, told: (step: string) => void): Promise<void> {
  let resealed: Resealed | undefined
  await store.commit(() => {
    resealed = resealPresets(store.presets.list(), from, to)
    const presets = resealed.records.map((record) => store.presets.put(record.uuid, record))
    return [...presets, store.meta.put('keyId', to.keyId)]
  })
  told(`${resealed?.count ?? 0} passwords are sealed with the key ${to.keyId}`)
  for (const what of resealed?.unreadable ?? [])
    told(`the ${what} is damaged and stays so: set it anew with PATCH /presets/:id`)
}
