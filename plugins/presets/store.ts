import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PresetNameTakenError, PresetNotFoundError } from '../../src/errors/presets.ts'
import { PRESET_SECRETS, presetSecretContext } from './secrets.ts'
import type { PresetMark } from '../../schemas/device.ts'
import type { Preset, PresetRecord, PresetSettings } from '../../schemas/preset.ts'
import { checkTemplates, fillIn, type TemplateValues } from './template.ts'

/** A preset's name and settings, as a client sends them; of a change, only what changes. */
export interface PresetChange {
  name?: string
  configuration?: Partial<PresetSettings>
}

/** The presets: pool and hardware settings that devices share. Passwords go in, and come out on the way to a miner alone. */
export function createPresets({ db, vault }: Pick<FastifyInstance, 'db' | 'vault'>) {
  /** @throws {PresetNotFoundError} */
  function requireRecord(uuid: string): PresetRecord {
    const record = db.presets.get(uuid)
    if (!record) throw new PresetNotFoundError(uuid)
    return record
  }

  function view({ secrets, ...record }: PresetRecord): Preset {
    const { stratumPort, fallbackStratumPort, ...rest } = record.configuration
    const configuration = {
      ...rest,
      stratumPort: Number(stratumPort),
      ...(fallbackStratumPort !== undefined && { fallbackStratumPort: Number(fallbackStratumPort) }),
      hasPassword: secrets.stratumPassword !== undefined,
      hasFallbackPassword: secrets.fallbackStratumPassword !== undefined
    }
    const users = db.imprinted.list().filter((imprint) => imprint.presetUuid === record.uuid)
    return { ...record, configuration, associatedDevices: users.map((imprint) => imprint.mac) }
  }

  /** Takes settings over into a record: passwords sealed, ports as numbers. */
  function merge(record: PresetRecord, settings: Partial<PresetSettings>): PresetRecord {
    checkTemplates(settings)
    const { stratumPassword, fallbackStratumPassword, ...open } = settings
    const passwords = { stratumPassword, fallbackStratumPassword }
    const secrets = { ...record.secrets }
    for (const field of PRESET_SECRETS) {
      const plain = passwords[field]
      if (plain !== undefined) secrets[field] = vault.seal(plain, presetSecretContext(record.uuid, field))
    }
    return { ...record, configuration: numberPorts({ ...record.configuration, ...open }), secrets }
  }

  /** Refuses a name that another preset has, however it is written. @throws {PresetNameTakenError} */
  function checkName({ uuid, name }: PresetRecord): void {
    const key = nameKey(name)
    if (db.presets.list().some((other) => other.uuid !== uuid && nameKey(other.name) === key)) {
      throw new PresetNameTakenError(name)
    }
  }

  return {
    has: (uuid: string): boolean => db.presets.has(uuid),

    /** @throws {PresetNotFoundError} */
    require: (uuid: string): Preset => view(requireRecord(uuid)),

    /** Which preset this is, as it is now: it is another one after each change. @throws {PresetNotFoundError} */
    markOf(uuid: string): PresetMark {
      const { updatedAt } = requireRecord(uuid)
      return { uuid, updatedAt }
    },

    /** Every preset, oldest first. */
    list: (): Preset[] => db.presets.list().map(view),

    /** @throws {PresetNameTakenError} @throws {TemplateError} */
    async create({ name, configuration }: Required<PresetChange> & { configuration: PresetSettings }): Promise<Preset> {
      const now = new Date().toISOString()
      const { stratumURL, stratumPort, stratumUser } = configuration
      const empty = { stratumURL, stratumPort, stratumUser }
      const uuid = randomUUIDv7()
      const blank = { uuid, name: name.trim(), configuration: empty, secrets: {}, createdAt: now, updatedAt: now }
      const record = merge(blank, configuration)
      await db.commit(() => {
        checkName(record)
        return [db.presets.put(uuid, record)]
      })
      return view(record)
    },

    /** @throws {PresetNotFoundError} @throws {PresetNameTakenError} @throws {TemplateError} */
    async change(uuid: string, { name, configuration = {} }: PresetChange): Promise<Preset> {
      await db.commit(() => {
        const merged = merge(requireRecord(uuid), configuration)
        const record = { ...merged, ...(name && { name: name.trim() }), updatedAt: new Date().toISOString() }
        checkName(record)
        return [db.presets.put(uuid, record)]
      })
      return view(requireRecord(uuid))
    },

    /** Deletes a preset and releases its devices, both or neither. @throws {PresetNotFoundError} */
    async remove(uuid: string): Promise<Preset> {
      const preset = view(requireRecord(uuid))
      await db.commit(() => {
        requireRecord(uuid)
        const users = db.imprinted.list().filter((imprint) => imprint.presetUuid === uuid)
        const released = users.map((imprint) => db.imprinted.put(imprint.mac, { ...imprint, presetUuid: null }))
        return [db.presets.del(uuid), ...released]
      })
      return preset
    },

    /** What a preset wants of one device, without its passwords. @throws {PresetNotFoundError} */
    settingsFor(uuid: string, values: TemplateValues): Record<string, unknown> {
      const { configuration } = requireRecord(uuid)
      const { stratumUser, fallbackStratumUser } = configuration
      return {
        ...configuration,
        stratumUser: fillIn(stratumUser, values),
        ...(fallbackStratumUser !== undefined && { fallbackStratumUser: fillIn(fallbackStratumUser, values) })
      }
    },

    /** A preset's passwords in clear, for the miner alone. @throws {SecretUnreadableError} */
    passwordsOf(uuid: string): Record<string, string> {
      const { secrets } = requireRecord(uuid)
      const passwords: Record<string, string> = {}
      for (const field of PRESET_SECRETS) {
        if (secrets[field] !== undefined)
          passwords[field] = vault.open(secrets[field], presetSecretContext(uuid, field))
      }
      return passwords
    }
  }
}
export type Presets = ReturnType<typeof createPresets>

function numberPorts<T extends Pick<Partial<PresetSettings>, 'stratumPort' | 'fallbackStratumPort'>>(settings: T): T {
  const ports = { ...settings }
  if (ports.stratumPort !== undefined) ports.stratumPort = Number(ports.stratumPort)
  if (ports.fallbackStratumPort !== undefined) ports.fallbackStratumPort = Number(ports.fallbackStratumPort)
  return ports
}

const nameKey = (name: string) => name.trim().normalize('NFKC').toLowerCase()
