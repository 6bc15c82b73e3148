import type { Dispatcher } from 'undici'
import { Attached } from '../../../src/attached.ts'
import { MinerRedirectError, MinerTimeoutError, PollAbortedError } from '../../../src/errors/miners.ts'
import { ShortageError } from '../../../src/errors/limits.ts'
import { AddressNotAllowedError, InvalidAddressError } from '../../../src/errors/requests.ts'
import { parseAddress, parseNetworks, type Address } from '../../../src/network.ts'
import { MAX_ANSWER_BYTES } from './connections.ts'
import { Exchange, keepAnswer, type Answer } from './exchange.ts'
import { isBrokenOff, toNamedError } from './failures.ts'

// Devices accept header blocks of up to 512 bytes, and refuse requests with an Origin (AXEOS.md 1.1, 5.3)
const HEADERS = { accept: 'application/json', 'user-agent': 'pluto' }

export interface RequestOptions {
  /** Cancels the request when it aborts. */
  signal?: AbortSignal | undefined
  /** Maximum time from connecting to the last byte, including a second attempt. */
  timeoutMs?: number | undefined
  /** Closes the connection after the answer, because no request follows soon. */
  closeAfter?: boolean | undefined
}

/** A request that changes the device. */
export interface WriteRequest {
  readonly method: 'PATCH' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface ClientOptions {
  dispatcher: Dispatcher
  /** Connections for writes; default: those for reads. */
  writeDispatcher?: Dispatcher | undefined
  /** CIDRs, comma-separated: `DEVICE_NETWORKS`. */
  networks: string
  timeoutMs: number
  /** Called with each error that is a shortage of this machine. */
  onShortage?: ((error: unknown) => void) | undefined
}

/** Creates the HTTP client for miners. Every request goes through it. */
export function createClient(clientOptions: ClientOptions) {
  const { dispatcher, networks, timeoutMs: defaultTimeoutMs } = clientOptions
  const writeDispatcher = clientOptions.writeDispatcher ?? dispatcher
  const allowed = parseNetworks(networks)
  const checked = new Attached<Address, Address>('checked')
  const connected = new Set<string>()
  dispatcher.on('connect', (origin) => void connected.add(origin.origin))
  dispatcher.on('disconnect', (origin) => void connected.delete(origin.origin))

  /**
   * Parses the address of a miner.
   * @throws {InvalidAddressError} the text is not an IPv4 address with an optional port
   * @throws {AddressNotAllowedError} the address is outside of `DEVICE_NETWORKS`
   */
  function parseAllowedAddress(text: string): Address {
    const address = parseAddress(text)
    if (address === null) throw new InvalidAddressError(text)
    if (!allowed.contains(address.host)) throw new AddressNotAllowedError(text, networks)
    return address
  }

  /** Checks an address of any origin, such as a stored record. An `Address` is immutable, so one check is enough. */
  function checkAddress(target: Address): Address {
    const address = checked.get(target) ?? parseAllowedAddress(target.text)
    checked.set(target, address)
    return address
  }

  /** Sends a GET, and repeats it once if the device had closed the kept connection that it was sent on. */
  async function send<T>(start: () => Exchange<T>, origin: string): Promise<T> {
    const reused = connected.has(origin)
    const first = start()
    try {
      return await first.outcome
    } catch (error) {
      if (!reused || first.answering || !isBrokenOff(error)) throw error
      return await start().outcome
    }
  }

  /** Runs one or two exchanges within the timeout. `track` marks the exchange to cancel. @throws a named error */
  async function runWithTimeout<T>(
    address: Address,
    options: RequestOptions,
    run: (track: (started: Exchange<T>) => Exchange<T>, timeoutMs: number) => Promise<T>
  ): Promise<T> {
    const { signal, timeoutMs = defaultTimeoutMs } = options
    if (signal?.aborted) throw new PollAbortedError()
    let current: Exchange<T>
    const track = (started: Exchange<T>) => (current = started)
    const abort = () => current.cancel(new PollAbortedError())
    const timer = setTimeout(() => current.cancel(new MinerTimeoutError(address.text, timeoutMs)), timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      return await run(track, timeoutMs)
    } catch (error) {
      const named = toNamedError(error, address, { timeoutMs, maxBytes: MAX_ANSWER_BYTES })
      if (named instanceof ShortageError) clientOptions.onShortage?.(named.cause)
      throw named
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /**
   * Sends one GET to a miner. The address is checked here, and redirects are not followed.
   * @param read converts the answer; named errors that it throws are passed on
   * @throws {InvalidAddressError | AddressNotAllowedError} before a connection is opened
   * @throws a `Miner…Error` that names the failure, or {PollAbortedError}
   */
  async function get<T>(
    target: Address,
    path: string,
    read: (answer: Answer) => T,
    options: RequestOptions = {}
  ): Promise<T> {
    const address = checkAddress(target)
    const origin = `http://${address.text}`
    const readUnlessRedirect = (answer: Answer) => read(refuseRedirect(answer, address))
    return runWithTimeout<T>(address, options, (track, timeoutMs) => {
      const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs }
      const request = {
        origin,
        path,
        method: 'GET' as const,
        headers: HEADERS,
        ...timeouts,
        reset: options.closeAfter ?? false
      }
      const start = () => {
        const started = track(new Exchange(readUnlessRedirect))
        dispatcher.dispatch(request, started)
        return started
      }
      return send(start, origin)
    })
  }

  /**
   * Sends one request that changes the device, exactly once: on a new connection, which the device cannot have closed
   * before, and which is closed afterwards. No failure repeats it.
   * @param exchange its `sent` is valid also after a failure
   * @throws as `get` does
   */
  async function write(
    target: Address,
    { method, path, body, headers }: WriteRequest,
    options: RequestOptions,
    exchange = new Exchange(keepAnswer)
  ): Promise<Answer> {
    const address = checkAddress(target)
    const answer = await runWithTimeout<Answer>(address, options, (track, timeoutMs) => {
      const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs }
      const request = { origin: `http://${address.text}`, path, method, headers: { ...HEADERS, ...headers } }
      writeDispatcher.dispatch({ ...request, body: body ?? '', reset: true, ...timeouts }, track(exchange))
      return exchange.outcome
    })
    return refuseRedirect(answer, address)
  }

  return { parseAddress: parseAllowedAddress, get, write }
}
export type Client = ReturnType<typeof createClient>

function refuseRedirect(answer: Answer, address: Address): Answer {
  if (answer.status >= 300 && answer.status < 400) throw new MinerRedirectError(address.text)
  return answer
}
