import { EventEmitter } from 'node:events'

import type { DeviceState } from '../schemas/device.ts'
import type { Operation } from '../schemas/operation.ts'
import type { LogEntry } from '../schemas/log.ts'
import type { Reading } from '../schemas/telemetry.ts'

/** Every event of the backend. Facts travel as events, commands as calls. */
export interface Events {
  /** A poll was answered by the device itself. */
  'device.polled': { mac: string; reading: Reading; durationMs: number }
  /** A poll failed; `error` is its named reason. */
  'device.failed': { mac: string; error: Error; durationMs: number }
  'device.state': { mac: string; from: DeviceState; to: DeviceState }
  /** The device was registered. */
  'device.imprinted': { mac: string }
  /** The device answered at another address than before. */
  'device.moved': { mac: string; from: string; to: string }
  /** Polling of the device has started. */
  'device.watched': { mac: string }
  /** Polling of the device has stopped. `remaining` are the addresses still polled. */
  'device.unwatched': { mac: string; ip: string; remaining: string[] }
  /** The device is no longer imprinted. */
  'device.released': { mac: string }
  /** A line of a miner's log has come. */
  'log.received': LogEntry
  /** Everything in the store but the history has been replaced: what is in memory of it is to be read again. */
  'store.restored': object
  /** Something about an operation has changed: at most ten times a second, and once when it has ended. */
  'operation.progress': Pick<Operation, 'id' | 'status' | 'total' | 'counts'>
}

export type Listener<K extends keyof Events> = (event: Events[K]) => void

export interface Bus {
  /** Delivers to every listener, in the order of registration. Never throws. */
  emit<K extends keyof Events>(name: K, event: Events[K]): void
  /** @returns the function that takes the listener off again */
  on<K extends keyof Events>(name: K, listener: Listener<K>): () => void
}

/**
 * Makes the event bus. A listener that throws is reported through `onError` and stops there: it reaches neither the
 * emitter nor the other listeners.
 */
export function createBus(onError: (error: unknown, event: string) => void): Bus {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    emit: (name, event) => void emitter.emit(name, event),
    on(name, listener) {
      const guarded = (event: Events[typeof name]) => {
        try {
          listener(event)
        } catch (error) {
          onError(error, name)
        }
      }
      emitter.on(name, guarded)
      return () => void emitter.off(name, guarded)
    }
  }
}
