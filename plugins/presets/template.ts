import { TemplateError } from '../../src/errors/presets.ts'
import type { PresetSettings } from '../../schemas/preset.ts'

const PLACEHOLDER = /\{([^{}]*)\}/g

/** Values of the placeholders for one device. */
export interface TemplateValues {
  hostname: string | null
  mac: string
}

/**
 * Rejects unknown placeholders.
 * @throws {TemplateError}
 */
export function checkTemplates(settings: Partial<PresetSettings>): void {
  for (const field of ['stratumUser', 'fallbackStratumUser'] as const) {
    for (const [, name = ''] of settings[field]?.matchAll(PLACEHOLDER) ?? []) {
      if (name !== 'hostname' && name !== 'mac') throw new TemplateError(`configuration.${field}`, name)
    }
  }
}

/**
 * Renders a worker name. `{mac}` becomes the twelve hexadecimal digits. `{hostname}` becomes the host name with every
 * character outside `[A-Za-z0-9_-]` replaced by `-`, or the digits of the MAC if the device has no host name.
 */
export function renderTemplate(template: string, { hostname, mac }: TemplateValues): string {
  const digits = mac.replaceAll(':', '')
  const name = (hostname ?? '').trim().replaceAll(/[^A-Za-z0-9_-]/g, '-') || digits
  return template.replaceAll(PLACEHOLDER, (whole, key) => (key === 'mac' ? digits : key === 'hostname' ? name : whole))
}
