const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Tells whether a request may change something. */
export const isChange = ({ method }: { method: string }): boolean => !READING.has(method)
