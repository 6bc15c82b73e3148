import { EventEmitter } from 'node:events'

import type { DeviceState } from '../schemas/device.ts'
import type { Operation } from '../schemas/operation.ts'
import type { LogEntry } from '../schemas/log.ts'
import type { Reading } from '../schemas/telemetry.ts'

/** Every event of the backend: something that has happened. Commands are function calls instead. */
interface Events {
  /** A poll succeeded, and the identity of the device was confirmed. */
  'device.polled': { mac: string; reading: Reading; durationMs: number }
  /** A poll failed; `error` is its named reason. */
  'device.failed': { mac: string; error: Error; durationMs: number }
  'device.state': { mac: string; from: DeviceState; to: DeviceState }
  /** Several addresses claim the MAC of the device at the same time; its own is the first. */
  'device.conflict': { mac: string; addresses: string[] }
  /** The device was registered. */
  'device.imprinted': { mac: string }
  /** The device answered at a new address. */
  'device.moved': { mac: string; from: string; to: string }
  /** Polling of the device has started. */
  'device.watched': { mac: string }
  /** Polling of the device has stopped. `remaining`: the addresses that are still polled. */
  'device.unwatched': { mac: string; ip: string; remaining: string[] }
  /** The device is no longer imprinted. */
  'device.released': { mac: string }
  /** A miner has sent a log line. */
  'log.received': LogEntry
  /** A restore has replaced the store, except its history: listeners must reload what they keep in memory. */
  'store.restored': object
  /** An operation has progressed: at most ten times a second, and once at its end. */
  'operation.progress': Pick<Operation, 'id' | 'status' | 'total' | 'counts'>
}

type Listener<K extends keyof Events> = (event: Events[K]) => void

export interface Bus {
  /** Calls every listener, in the order of registration. Never throws. */
  emit<K extends keyof Events>(name: K, event: Events[K]): void
  /** @returns the function that removes the listener */
  on<K extends keyof Events>(name: K, listener: Listener<K>): () => void
}

/**
 * Creates the event bus. An error thrown by a listener is passed to `onError`, and affects neither the emitter nor the other
 * listeners.
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
