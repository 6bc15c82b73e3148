import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PresetNameTakenError, PresetNotFoundError, TooManyPresetsError } from '../../src/errors/presets.ts'
import { PRESET_SECRETS, presetSecretContext } from './secrets.ts'
import type { PresetMark } from '../../schemas/device.ts'
import { presetNameKey, type Preset, type PresetRecord, type PresetSettings } from '../../schemas/preset.ts'
import { checkTemplates, renderTemplate, type TemplateValues } from './template.ts'

/** A preset's name and settings as a client sends them. A change holds only the fields that change. */
interface PresetChange {
  name?: string
  configuration?: Partial<PresetSettings>
}

/** Manages presets: pool and hardware settings that devices share. Stored passwords are read only to be sent to a miner. */
export function createPresets({ config, db, vault }: Pick<FastifyInstance, 'config' | 'db' | 'vault'>) {
  /** @throws {PresetNotFoundError} */
  function requireRecord(uuid: string): PresetRecord {
    const record = db.presets.get(uuid)
    if (!record) throw new PresetNotFoundError(uuid)
    return record
  }

  /** The MACs of the devices that use each preset. */
  function usersByPreset(): Map<string | null, string[]> {
    const users = new Map<string | null, string[]>()
    for (const { mac, presetUuid } of db.imprinted.list()) {
      const macs = users.get(presetUuid)
      if (macs) macs.push(mac)
      else users.set(presetUuid, [mac])
    }
    return users
  }

  function view({ secrets, ...record }: PresetRecord, users = usersByPreset()): Preset {
    const { stratumPort, fallbackStratumPort, ...rest } = record.configuration
    const configuration = {
      ...rest,
      stratumPort: Number(stratumPort),
      ...(fallbackStratumPort !== undefined && { fallbackStratumPort: Number(fallbackStratumPort) }),
      hasPassword: secrets.stratumPassword !== undefined,
      hasFallbackPassword: secrets.fallbackStratumPassword !== undefined
    }
    return { ...record, configuration, associatedDevices: users.get(record.uuid) ?? [] }
  }

  /** Merges settings into a record, sealing passwords and converting ports to numbers. */
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

  /** Rejects the name of another preset, ignoring case and surrounding space. @throws {PresetNameTakenError} */
  function checkName({ uuid, name }: PresetRecord): void {
    const key = presetNameKey(name)
    if (db.presets.list().some((other) => other.uuid !== uuid && keyOf(other) === key)) {
      throw new PresetNameTakenError(name)
    }
  }

  return {
    checkTemplates,
    secretContext: presetSecretContext,
    has: (uuid: string): boolean => db.presets.has(uuid),

    /** @throws {PresetNotFoundError} */
    require: (uuid: string): Preset => view(requireRecord(uuid)),

    /** Returns the mark of a preset's current version; every change gives it a new one. @throws {PresetNotFoundError} */
    markOf(uuid: string): PresetMark {
      const { updatedAt } = requireRecord(uuid)
      return { uuid, updatedAt }
    },

    /** Lists every preset, oldest first. */
    list(): Preset[] {
      const users = usersByPreset()
      return db.presets.list().map((record) => view(record, users))
    },

    /** @throws {PresetNameTakenError} @throws {TemplateError} @throws {TooManyPresetsError} */
    async create({ name, configuration }: Required<PresetChange> & { configuration: PresetSettings }): Promise<Preset> {
      const now = new Date().toISOString()
      const { stratumURL, stratumPort, stratumUser } = configuration
      const empty = { stratumURL, stratumPort, stratumUser }
      const uuid = randomUUIDv7()
      const blank = { uuid, name: name.trim(), configuration: empty, secrets: {}, createdAt: now, updatedAt: now }
      const record = merge(blank, configuration)
      await db.commit(() => {
        if (db.presets.size >= config.MAX_PRESETS) throw new TooManyPresetsError(config.MAX_PRESETS)
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

    /** Deletes a preset and releases its devices in one atomic commit. @throws {PresetNotFoundError} */
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

    /** Returns a preset's settings for one device, without the passwords. @throws {PresetNotFoundError} */
    settingsFor(uuid: string, values: TemplateValues): Record<string, unknown> {
      const { configuration } = requireRecord(uuid)
      const { stratumUser, fallbackStratumUser } = configuration
      return {
        ...configuration,
        stratumUser: renderTemplate(stratumUser, values),
        ...(fallbackStratumUser !== undefined && { fallbackStratumUser: renderTemplate(fallbackStratumUser, values) })
      }
    },

    /** Returns a preset's passwords in clear text. Send them only to a miner. @throws {SecretUnreadableError} */
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

const keys = new WeakMap<PresetRecord, string>()

function keyOf(record: PresetRecord): string {
  const key = keys.get(record) ?? presetNameKey(record.name)
  keys.set(record, key)
  return key
}
