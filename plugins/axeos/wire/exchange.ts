import type { Dispatcher } from 'undici'

/** A device's answer: its status, and its body as text. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** Informational answers (1xx) of one request; a server sends one or two. */
const MAX_INFORMATIONAL = 16

class TooManyInformationalError extends Error {}

export const keepAnswer = (answer: Answer): Answer => answer

/**
 * One request and its answer. It implements undici's handler directly, because `Agent.request` creates a stream for each
 * body and costs 1.3 times as much on the path of every poll.
 */
export class Exchange<T> implements Dispatcher.DispatchHandler {
  readonly #outcome = Promise.withResolvers<T>()
  readonly #read: (answer: Answer) => T
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | null = null
  #cancelled: Error | null = null
  #status = 0
  #informational = 0
  #sent = false
  #answering = false

  /**
   * @param read converts the whole answer before `outcome` resolves. A promise keeps its value in memory, and those of a
   * poll lived up to 30 s longer than the poll: with the answer's text they were a quarter of a poll's garbage
   */
  constructor(read: (answer: Answer) => T) {
    this.#read = read
  }

  /** Settles once, with the result of `read` or the error. */
  get outcome(): Promise<T> {
    return this.#outcome.promise
  }

  /** Whether the request went out on a connection. */
  get sent(): boolean {
    return this.#sent
  }

  /** Whether a byte of the answer has come. */
  get answering(): boolean {
    return this.#answering
  }

  /** Rejects at once and destroys the connection, also one that is still being opened. */
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

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
    if (status < 200 && ++this.#informational > MAX_INFORMATIONAL) controller.abort(new TooManyInformationalError())
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
