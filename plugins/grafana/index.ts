import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../src/config.ts'
import type { Dashboard } from '../../schemas/dashboard.ts'
import { createApi } from './api.ts'
import { createClient } from './client.ts'
import { createFileTarget } from './file-target.ts'
import { createGrafanaTarget } from './grafana-target.ts'
import { addGrafanaMetrics } from './metrics.ts'
import { uidOf } from './names.ts'
import { createNotes, type Notes } from './persisted-state.ts'
import { createReconciler, type Timing } from './reconciler.ts'
import { createRenderer, type Template } from './render.ts'
import { createState } from './observed.ts'
import type { Target } from './target.ts'
import { createWishes } from './desired.ts'

export interface GrafanaOptions extends Partial<Timing> {
  templates?: { device: Template; overview: Template }
}

const TIMING: Timing = { gatherMs: 1000, reconcileMs: 600_000, retryMs: 1000 }

interface Place {
  targetUntil(end: AbortSignal): Target
  close(): Promise<void>
}

/** Where dashboards go: files take precedence, because a Grafana refuses to save what it loads from files. */
function choosePlace(config: Config, subPath: string, notes: Notes): Place | null {
  const { GF_DASHBOARDS_DIR, GF_HOST, GF_TOKEN, GF_PUBLIC, GF_TIMEOUT_MS } = config
  if (GF_DASHBOARDS_DIR !== undefined) {
    const target = createFileTarget(GF_DASHBOARDS_DIR)
    return { targetUntil: () => target, close: async () => undefined }
  }
  if (GF_HOST === undefined) return null
  const client = createClient({ host: GF_HOST, subPath, token: GF_TOKEN, timeoutMs: GF_TIMEOUT_MS })
  const publishing = GF_PUBLIC ?? GF_TOKEN === undefined
  return {
    targetUntil: (end) => createGrafanaTarget(createApi(client.until(end)), notes, publishing),
    close: client.close
  }
}

function createGrafana(app: FastifyInstance, { templates, ...timing }: GrafanaOptions) {
  const { bus, config, db, deviceHub, devices, log, metrics } = app
  const subPath = config.GF_SUB_PATH.replace(/\/+$/, '')
  const notes = createNotes({ db })
  const place = choosePlace(config, subPath, notes)
  if (!place) return OFF

  const state = createState(subPath)
  const wishes = createWishes({ db, deviceHub }, createRenderer(config.GF_DATASOURCE_UID, templates))
  const { targetUntil } = place
  const { uids, wanted } = wishes
  const reconciler = createReconciler({
    ...{ uids, wanted, targetUntil, state, notes, log },
    timing: { ...TIMING, ...timing }
  })

  bus.on('store.restored', () => {
    notes.reload()
    reconciler.nudgeRemoval()
  })
  bus.on('device.imprinted', ({ mac }) => reconciler.nudge(uidOf(mac)))
  bus.on('device.polled', ({ mac, reading }) => {
    if (wishes.isRenamed(mac, reading.identity.hostname)) reconciler.nudge(uidOf(mac))
  })
  bus.on('device.released', ({ mac }) => {
    wishes.forget(mac)
    state.forget(uidOf(mac))
    if (config.DELETE_DATA_ON_DEVICE_REMOVE) void remove(uidOf(mac))
  })

  async function remove(uid: string): Promise<void> {
    await notes
      .rememberRemoval(uid)
      .catch((err: unknown) => log.error({ err, uid }, 'a removal could not be written down'))
    reconciler.nudgeRemoval()
  }

  addGrafanaMetrics(metrics.registry, reconciler, state)
  devices.linkDashboards((mac) => state.publicUrl(uidOf(mac)))
  app.addHook('onReady', async () => reconciler.start())
  app.addHook('preClose', async () => {
    await reconciler.close()
    await place.close()
  })

  return {
    /** The published dashboards, as they were last seen: nobody is asked. */
    list: (): Dashboard[] => state.list(),

    /** Whether dashboards are kept, and whether the last attempt at that went well. */
    status(): { state: 'off' | 'ok' | 'degraded'; lastError: string | null } {
      const error = reconciler.last?.error ?? null
      return { state: error ? 'degraded' : 'ok', lastError: error && error.message }
    }
  }
}
type Grafana = Exclude<ReturnType<typeof createGrafana>, typeof OFF>

const OFF = {
  list: (): Dashboard[] => [],
  status: () => ({ state: 'off' as const, lastError: null })
}

declare module 'fastify' {
  interface FastifyInstance {
    grafana: Grafana
  }
}

export default fp<GrafanaOptions>(async (app, options) => void app.decorate('grafana', createGrafana(app, options)), {
  name: 'grafana',
  dependencies: ['bus', 'db', 'deviceHub', 'devices', 'metrics'],
  fastify: '5.x'
})
