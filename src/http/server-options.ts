import type { ServerOptions } from 'node:http'
import { answerClientError } from './client-errors.ts'
import type { Config } from '../config.ts'
import { tlsOptions } from './tls.ts'

/** How often connections are looked over for those whose time is over. */
const CHECKS_PER_TIMEOUT = 5

/**
 * How much a client may send, and how long it may take. Bounds of Node.js's server itself, beneath every hook.
 * @throws {ConfigError} as `tlsOptions` does
 */
export function serverOptions(config: Config) {
  const limits: ServerOptions = {
    maxHeaderSize: config.HEADER_LIMIT_BYTES,
    headersTimeout: Math.min(config.HEADERS_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS),
    connectionsCheckingInterval: Math.ceil(config.HEADERS_TIMEOUT_MS / CHECKS_PER_TIMEOUT)
  }
  const { https } = tlsOptions(config)
  return {
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerClientError,
    ...(https ? { https: { ...limits, ...https } } : { http: limits })
  }
}
