import type { Dispatcher } from 'undici'

/** What a device answered: any status but a redirect, and the body as text. */
export interface Answer {
  readonly status: number
  readonly body: string
}

export const asItIs = (answer: Answer): Answer => answer

/**
 * One request and its answer. It implements undici's handler directly, because `Agent.request` makes a stream for each
 * body and costs 1.3 times as much on the path that every poll takes.
 */
export class Exchange<T> implements Dispatcher.DispatchHandler {
  readonly #outcome = Promise.withResolvers<T>()
  readonly #read: (answer: Answer) => T
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | null = null
  #cancelled: Error | null = null
  #status = 0
  #sent = false
  #answering = false

  /**
   * @param read makes of the whole answer what is wanted of it, at once: what a promise gives stays in memory as long as the
   * promise, and those of a poll outlived it by up to 30 s, with the answer's text (a quarter of what a poll left to collect)
   */
  constructor(read: (answer: Answer) => T) {
    this.#read = read
  }

  /** Settles once: with what was read of the answer, or with why there is none. */
  get outcome(): Promise<T> {
    return this.#outcome.promise
  }

  /** Whether a connection was there and the request went out on it. */
  get sent(): boolean {
    return this.#sent
  }

  /** Whether a byte of the answer has come. */
  get answering(): boolean {
    return this.#answering
  }

  /** Gives up at once; the connection is destroyed, also when it is only being made yet. */
  cancel(reason: Error): void {
    this.#cancelled = reason
    this.#controller?.abort(reason)
    this.#outcome.reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#cancelled) controller.abort(this.#cancelled)
    else this.#sent = true
  }

  onResponseStarted(): void {
    this.#answering = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first, ...rest] = this.#chunks.splice(0)
    const body = first === undefined ? '' : (rest.length === 0 ? first : Buffer.concat([first, ...rest])).toString()
    try {
      this.#outcome.resolve(this.#read({ status: this.#status, body }))
    } catch (error) {
      this.#outcome.reject(error)
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#outcome.reject(error)
  }
}
