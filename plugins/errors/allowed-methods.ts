import type { FastifyInstance } from 'fastify'

/**
 * Collects the methods of every route, so that a known path with another method is a 405 instead of a 404.
 * @returns the sorted methods of a URL's path; empty if no route has that path
 */
export function collectAllowedMethods(app: FastifyInstance): (url: string) => string[] {
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

/** Compares segment by segment: `:name` matches any one segment, `*` all that follow. */
function matches(pattern: string, path: string): boolean {
  const [expected, given] = [segmentsOf(pattern), segmentsOf(path)]
  const rest = expected.indexOf('*')
  if (rest >= 0) return given.length >= rest && expected.slice(0, rest).every((part, i) => fits(part, given[i]))
  return expected.length === given.length && expected.every((part, i) => fits(part, given[i]))
}

const fits = (part: string, given: string | undefined) => part === given || (part.startsWith(':') && given !== '')
const segmentsOf = (path: string) => path.replace(/\/$/, '').split('/')
