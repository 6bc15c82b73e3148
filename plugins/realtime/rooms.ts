import { canonicalMac } from '../../src/mac.ts'
import type { Subscription } from '../../schemas/subscription.ts'

/** Clients that have never subscribed: they receive every event that existing clients expect. */
export const EVERYTHING = 'everything'

/** Clients that read too slowly at the moment. */
export const SLOW = 'slow'

export const OPERATIONS = 'operations'

/** Prefixes of a topic's rooms: the prefix itself is the room of all devices, with a MAC appended that of one device. */
export const STAT = 'stat:'
export const LOGS = 'logs:'

/** The rooms that a subscription names. */
export function roomsOf({ macs, topics }: Subscription): string[] {
  const suffixes = macs ? macs.map(canonicalMac) : ['']
  return topics.flatMap((topic) =>
    topic === 'operations' ? [OPERATIONS] : suffixes.map((suffix) => (topic === 'stat' ? STAT : LOGS) + suffix)
  )
}

/** The MAC of a room of one device; null for any other room. */
export function macOfRoom(room: string): string | null {
  const prefix = [STAT, LOGS].find((name) => room.startsWith(name) && room.length > name.length)
  return prefix === undefined ? null : room.slice(prefix.length)
}

/** The number of different devices that have one of these rooms. */
export const countDevices = (rooms: string[]): number =>
  new Set(rooms.map(macOfRoom).filter((mac) => mac !== null)).size
