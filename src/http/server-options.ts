import type { ServerOptions } from 'node:http'
import { answerClientError } from './client-errors.ts'
import type { Config } from '../config.ts'
import { tlsOptions } from './tls.ts'

/** Checks for expired connections per HEADERS_TIMEOUT_MS. */
const CHECKS_PER_TIMEOUT = 5

/**
 * The options of Node.js's server: TLS, and the limits that it enforces before any hook runs.
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
    ...(https ? { https: { ...limits, ...https, handshakeTimeout: config.HEADERS_TIMEOUT_MS } } : { http: limits })
  }
}
