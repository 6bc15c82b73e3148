/**
 * Preloaded into the backend: on SIGWINCH it collects garbage and prints the memory in use on one line. Processes ignore
 * this signal by default, so it can also be sent before the probe is installed.
 */
process.on('SIGWINCH', () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  process.stderr.write(`${JSON.stringify({ probe: { heapUsed, external, arrayBuffers, rss, resources } })}\n`)
})
