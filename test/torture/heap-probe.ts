/** Loaded into the backend before anything else: on SIGUSR2 it collects garbage, and tells in one line what is left. */
process.on('SIGUSR2', () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  process.stderr.write(`${JSON.stringify({ probe: { heapUsed, external, arrayBuffers, rss, resources } })}\n`)
})
