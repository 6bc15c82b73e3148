import type { FastifyInstance } from 'fastify'

/** Learns which methods each path takes, so that a path that exists is never answered as if it did not. */
export function collectMethods(app: FastifyInstance): (url: string) => string[] {
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*') return
    const known = methods.get(url) ?? new Set()
    for (const name of [method].flat()) known.add(name)
    methods.set(url, known)
  })

  return (url) => {
    const [path = ''] = url.split('?')
    const found = [...methods].filter(([pattern]) => matches(pattern, path))
    return [...new Set(found.flatMap(([, names]) => [...names]))].sort()
  }
}

/** Compares segment by segment; `:name` stands for any one, `*` for the rest. */
function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [segmentsOf(pattern), segmentsOf(path)]
  const rest = wanted.indexOf('*')
  if (rest >= 0) return given.length >= rest && wanted.slice(0, rest).every((part, i) => fits(part, given[i]))
  return wanted.length === given.length && wanted.every((part, i) => fits(part, given[i]))
}

const fits = (part: string, given: string | undefined) => part === given || (part.startsWith(':') && given !== '')
const segmentsOf = (path: string) => path.replace(/\/$/, '').split('/')
