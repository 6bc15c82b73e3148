import type { Dispatcher } from 'undici'
import { Attached } from '../../../src/attached.ts'
import { MinerRedirectError, MinerTimeoutError, PollAbortedError } from '../../../src/errors/miners.ts'
import { AddressNotAllowedError, InvalidAddressError } from '../../../src/errors/requests.ts'
import { parseAddress, parseNetworks, type Address } from '../../../src/network.ts'
import { asItIs, Exchange, type Answer } from './exchange.ts'
import { isBrokenOff, toNamedError } from './failures.ts'

/** Largest answer that is taken; the largest info seen has 6 KB. */
export const MAX_ANSWER_BYTES = 256 * 1024

// Devices take header blocks of up to 512 bytes, and refuse requests with an Origin (AXEOS.md 1.1, 5.3)
const HEADERS = { accept: 'application/json', 'user-agent': 'pluto' }

export interface RequestOptions {
  /** Gives up when it aborts. */
  signal?: AbortSignal | undefined
  /** Longest time from connecting to the last byte, a second attempt included. */
  timeoutMs?: number | undefined
}

/** A request that changes something. */
export interface Command {
  readonly method: 'PATCH' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface ClientOptions {
  dispatcher: Dispatcher
  /** Makes the connections for commands; those for reading by default. */
  commandDispatcher?: Dispatcher | undefined
  /** CIDRs, comma-separated: `DEVICE_NETWORKS`. */
  networks: string
  timeoutMs: number
}

/** Makes the one way in which miners are spoken to. */
export function createClient(clientOptions: ClientOptions) {
  const { dispatcher, networks, timeoutMs: defaultTimeoutMs } = clientOptions
  const commandDispatcher = clientOptions.commandDispatcher ?? dispatcher
  const allowed = parseNetworks(networks)
  const admitted = new Attached<Address, Address>('admitted')
  const connected = new Set<string>()
  dispatcher.on('connect', (origin) => void connected.add(origin.origin))
  dispatcher.on('disconnect', (origin) => void connected.delete(origin.origin))

  /**
   * Parses the address of a miner.
   * @throws {InvalidAddressError} it is no IPv4 address with an optional port
   * @throws {AddressNotAllowedError} it lies outside of `DEVICE_NETWORKS`
   */
  function admit(text: string): Address {
    const address = parseAddress(text)
    if (address === null) throw new InvalidAddressError(text)
    if (!allowed.contains(address.host)) throw new AddressNotAllowedError(text, networks)
    return address
  }

  /** Checks the address of a record, whatever it came from: an `Address` does not change, so once is enough. */
  function admitOnce(target: Address): Address {
    const address = admitted.get(target) ?? admit(target.text)
    admitted.set(target, address)
    return address
  }

  /** Sends a GET, and once more if it went out on a kept connection that the device had closed meanwhile. */
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

  /** Runs one or two exchanges within the total time, and says in one of the named errors why there is no answer. */
  async function within<T>(
    address: Address,
    options: RequestOptions,
    run: (follow: (started: Exchange<T>) => Exchange<T>, limitMs: number) => Promise<T>
  ): Promise<T> {
    const { signal, timeoutMs = defaultTimeoutMs } = options
    if (signal?.aborted) throw new PollAbortedError()
    let current: Exchange<T>
    const follow = (started: Exchange<T>) => (current = started)
    const abort = () => current.cancel(new PollAbortedError())
    const timer = setTimeout(() => current.cancel(new MinerTimeoutError(address.text, timeoutMs)), timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      return await run(follow, timeoutMs)
    } catch (error) {
      throw toNamedError(error, address, { timeoutMs, maxBytes: MAX_ANSWER_BYTES })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /**
   * Sends one GET to a miner, whose address is checked here whatever record it came from. No redirect is followed.
   * @param read makes of the answer what is wanted of it; the named errors that it throws are thrown
   * @throws {InvalidAddressError | AddressNotAllowedError} before a connection is made
   * @throws one of the `Miner…Error`s that name how it failed, or {PollAbortedError}
   */
  async function get<T>(
    target: Address,
    path: string,
    read: (answer: Answer) => T,
    options: RequestOptions = {}
  ): Promise<T> {
    const address = admitOnce(target)
    const origin = `http://${address.text}`
    const readUnlessMoved = (answer: Answer) => read(refuseRedirect(answer, address))
    return within<T>(address, options, (follow, limitMs) => {
      const limits = { headersTimeout: limitMs, bodyTimeout: limitMs }
      const request = { origin, path, method: 'GET' as const, headers: HEADERS, ...limits }
      const start = () => {
        const started = follow(new Exchange(readUnlessMoved))
        dispatcher.dispatch(request, started)
        return started
      }
      return send(start, origin)
    })
  }

  /**
   * Sends one request that changes something, once: on a connection of its own, which the device cannot have closed
   * before, and which is given back afterwards. Nothing is sent again whatever happens.
   * @param exchange tells, after a failure too, whether the request was sent
   * @throws as `get` does
   */
  async function command(
    target: Address,
    { method, path, body, headers }: Command,
    options: RequestOptions,
    exchange = new Exchange(asItIs)
  ): Promise<Answer> {
    const address = admitOnce(target)
    const answer = await within<Answer>(address, options, (follow, limitMs) => {
      const limits = { headersTimeout: limitMs, bodyTimeout: limitMs }
      const request = { origin: `http://${address.text}`, path, method, headers: { ...HEADERS, ...headers } }
      commandDispatcher.dispatch({ ...request, body: body ?? '', reset: true, ...limits }, follow(exchange))
      return exchange.outcome
    })
    return refuseRedirect(answer, address)
  }

  return { admit, get, command }
}
export type Client = ReturnType<typeof createClient>

function refuseRedirect(answer: Answer, address: Address): Answer {
  if (answer.status >= 300 && answer.status < 400) throw new MinerRedirectError(address.text)
  return answer
}
