/**
 * Loaded into the backend before anything else: on SIGWINCH it collects garbage, and tells in one line what is left. Other
 * signals that do no harm end the backend.
 */
process.on('SIGWINCH', () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  process.stderr.write(`${JSON.stringify({ probe: { heapUsed, external, arrayBuffers, rss, resources } })}\n`)
})
