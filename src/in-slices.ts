import { setImmediate } from 'node:timers/promises'

/** Longest time that a long piece of work goes on before others have their turn. */
const SLICE_MS = 8

/** Gives items one after the other, and lets others have their turn whenever those before have taken 8 ms. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  let sliceStart = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - sliceStart < SLICE_MS) continue
    await setImmediate()
    sliceStart = performance.now()
  }
}
