import { createHash } from 'node:crypto'
import device from '../../src/dashboards/device.json' with { type: 'json' }
import overview from '../../src/dashboards/overview.json' with { type: 'json' }
import { DATASOURCE, MAC } from '../../src/dashboards/placeholders.ts'
import { OVERVIEW_TITLE, OVERVIEW_UID, titleOf, uidOf } from './names.ts'

/** A dashboard as Grafana keeps it. What is in it beyond these is Grafana's, and its users'. */
export interface DashboardModel extends Record<string, unknown> {
  uid: string
  title: string
  tags: string[]
}

/** A dashboard that is to be there. */
export interface Wanted {
  uid: string
  title: string
  /** Tells whether a dashboard was made from this template with these values. */
  fingerprint: string
  /** The version of its template. */
  version: number
  render(): DashboardModel
}

export interface Template {
  text: string
  version: number
}

const VERSION_TAG = /^pluto-template-(\d{1,9})$/
const FINGERPRINT_TAG = 'pluto-made-'

const hash = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)

/** The version of the template that a dashboard was made from; 0 for one that no template says anything of. */
export function versionOf(tags: string[]): number {
  const [version] = tags.flatMap((tag) => VERSION_TAG.exec(tag)?.[1] ?? [])
  return Number(version ?? 0)
}

export const fingerprintOf = (tags: string[]): string | undefined =>
  tags.find((tag) => tag.startsWith(FINGERPRINT_TAG))?.slice(FINGERPRINT_TAG.length)

export function readTemplate(template: { tags: string[] }): Template {
  return { text: JSON.stringify(template), version: versionOf(template.tags) }
}

/**
 * Makes dashboards out of the committed templates. Into a template go a canonical MAC and the operator's data source, and
 * nothing that a device says about itself: a host name is in the title alone.
 */
export function createRenderer(
  datasourceUid: string,
  templates = { device: readTemplate(device), overview: readTemplate(overview) }
) {
  const hashes = { device: hash(templates.device.text), overview: hash(templates.overview.text) }
  const datasource = JSON.stringify(datasourceUid)

  function want(name: keyof typeof templates, uid: string, title: string, mac: string): Wanted {
    const { text, version } = templates[name]
    const fingerprint = hash(hashes[name], mac, datasource)
    const render = () => {
      const filled = text.replaceAll(`"${DATASOURCE}"`, () => datasource).replaceAll(MAC, () => mac)
      const model: DashboardModel = JSON.parse(filled)
      return { ...model, id: null, uid, title, tags: [...model.tags, FINGERPRINT_TAG + fingerprint] }
    }
    return { uid, title, fingerprint, version, render }
  }

  return {
    overview: () => want('overview', OVERVIEW_UID, OVERVIEW_TITLE, ''),
    device: (mac: string, hostname: string | null) => want('device', uidOf(mac), titleOf(mac, hostname), mac)
  }
}
