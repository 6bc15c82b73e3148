/** Clients that have never subscribed: they are told everything that existing clients expect. */
export const EVERYTHING = 'everything'

/** Clients that read too slowly for now. */
export const SLOW = 'slow'

export const OPERATIONS = 'operations'

/** Rooms of one topic: the prefix alone is for all devices, with a MAC behind it for that one. */
export const STAT = 'stat:'
export const LOGS = 'logs:'

/** The MAC that a room is about; null when it is about none. */
export function macOfRoom(room: string): string | null {
  const prefix = [STAT, LOGS].find((name) => room.startsWith(name) && room.length > name.length)
  return prefix === undefined ? null : room.slice(prefix.length)
}
