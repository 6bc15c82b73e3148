import { readFileSync } from 'node:fs'
import { createSecureContext, Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { ConfigError } from '../errors/start.ts'

/**
 * Reads the certificate and key if `TLS_CERT` and `TLS_KEY` are set; returns an empty object if neither is.
 * @throws {ConfigError} only one is set, or a file cannot be read or used
 */
export function tlsOptions({ TLS_CERT, TLS_KEY }: Config): { https?: { cert: Buffer; key: Buffer } } {
  if (TLS_CERT === undefined && TLS_KEY === undefined) return {}
  if (TLS_CERT === undefined) throw new ConfigError('TLS_KEY is set without TLS_CERT: set both, or neither')
  if (TLS_KEY === undefined) throw new ConfigError('TLS_CERT is set without TLS_KEY: set both, or neither')
  const https = { cert: read('TLS_CERT', TLS_CERT), key: read('TLS_KEY', TLS_KEY) }
  try {
    createSecureContext(https)
  } catch (error) {
    throw new ConfigError(
      `TLS_CERT and TLS_KEY cannot be used: ${(error as Error).message}. Set them to a matching PEM certificate and key`
    )
  }
  return { https }
}

/**
 * Reads the certificate and key again, for new connections. A pair that cannot be used is logged, and the old one stays.
 * @returns false when the service has no TLS
 */
export function reloadCertificate({
  config,
  log,
  server
}: Pick<FastifyInstance, 'config' | 'log' | 'server'>): boolean {
  if (!(server instanceof Server)) return false
  try {
    const { https } = tlsOptions(config)
    if (https) server.setSecureContext(https)
    log.info('TLS_CERT and TLS_KEY were read again')
  } catch (err) {
    log.error({ err }, 'TLS_CERT and TLS_KEY were not read again: the old certificate stays in use')
  }
  return true
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigError(`${name}="${file}" cannot be read: ${(error as Error).message}`)
  }
}
