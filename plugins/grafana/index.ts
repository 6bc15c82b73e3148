import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../src/config.ts'
import type { Dashboard } from '../../schemas/dashboard.ts'
import { createApi } from './api.ts'
import { createGrafanaClient } from './client.ts'
import { createDesiredState } from './desired.ts'
import { createFileTarget } from './file-target.ts'
import { createGrafanaTarget } from './grafana-target.ts'
import { addGrafanaMetrics } from './metrics.ts'
import { uidOf } from './names.ts'
import { createObservedState } from './observed.ts'
import { createPersistedState, type PersistedState } from './persisted-state.ts'
import { createReconciler, type Timing } from './reconciler.ts'
import { createRenderer, type Template } from './render.ts'
import type { Target } from './round.ts'

export interface GrafanaOptions extends Partial<Timing> {
  templates?: { device: Template; overview: Template }
}

const TIMING: Timing = { batchMs: 1000, reconcileMs: 600_000, retryMs: 1000 }

interface Destination {
  targetUntil(end: AbortSignal): Target
  close(): Promise<void>
}

/** Files take precedence, because Grafana refuses to save dashboards that it loads from files. Null while both are off. */
function createDestination(config: Config, subPath: string, persisted: PersistedState): Destination | null {
  const { GF_DASHBOARDS_DIR, GF_HOST, GF_TOKEN, GF_PUBLIC, GF_TIMEOUT_MS } = config
  if (GF_DASHBOARDS_DIR !== undefined) {
    const target = createFileTarget(GF_DASHBOARDS_DIR)
    return { targetUntil: () => target, close: async () => undefined }
  }
  if (GF_HOST === undefined) return null
  const client = createGrafanaClient({ host: GF_HOST, subPath, token: GF_TOKEN, timeoutMs: GF_TIMEOUT_MS })
  const publishing = GF_PUBLIC ?? GF_TOKEN === undefined
  return {
    targetUntil: (end) => createGrafanaTarget(createApi(client.until(end)), persisted, publishing),
    close: client.close
  }
}

function createGrafana(app: FastifyInstance, { templates, ...timing }: GrafanaOptions) {
  const { bus, config, db, deviceHub, devices, log, metrics } = app
  const subPath = config.GF_SUB_PATH.replace(/\/+$/, '')
  const persisted = createPersistedState({ db })
  const destination = createDestination(config, subPath, persisted)
  if (!destination) return OFF

  const observed = createObservedState(subPath)
  const desired = createDesiredState({ db, deviceHub }, createRenderer(config.GF_DATASOURCE_UID, templates))
  const { targetUntil } = destination
  const reconciler = createReconciler({
    ...{ uids: desired.uids, desired: desired.get, targetUntil, observed, persisted, log },
    timing: { ...TIMING, ...timing }
  })

  bus.on('store.restored', () => {
    persisted.reload()
    reconciler.requestRemovals()
  })
  bus.on('device.imprinted', ({ mac }) => reconciler.requestUpdate(uidOf(mac)))
  bus.on('device.polled', ({ mac, reading }) => {
    if (desired.isRenamed(mac, reading.identity.hostname)) reconciler.requestUpdate(uidOf(mac))
  })
  bus.on('device.released', ({ mac }) => {
    desired.forget(mac)
    observed.forget(uidOf(mac))
    if (config.DELETE_DATA_ON_DEVICE_REMOVE) void remove(uidOf(mac))
  })

  async function remove(uid: string): Promise<void> {
    await persisted
      .addRemoval(uid)
      .catch((err: unknown) => log.error({ err, uid }, 'the removal of a dashboard could not be stored'))
    reconciler.requestRemovals()
  }

  addGrafanaMetrics(metrics.registry, reconciler, observed)
  devices.linkDashboards((mac) => observed.publicUrl(uidOf(mac)))
  app.addHook('onReady', async () => reconciler.start())
  app.addHook('preClose', async () => {
    await reconciler.close()
    await destination.close()
  })

  return {
    /** Lists the published dashboards as they were last observed, without a request to Grafana. */
    list: (): Dashboard[] => observed.list(),

    /** Whether the integration is on, and whether its last round succeeded. */
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
