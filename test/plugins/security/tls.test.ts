import { request } from 'node:https'
import t from 'tap'
import { io } from 'socket.io-client'
import { buildApp } from '../../../src/app.ts'
import { certificate } from '../../support/certificate.ts'
import { build, testConfig } from '../../helper.ts'

t.test('with a certificate and its key, everything is served over TLS', async (t) => {
  const files = certificate(t.testdir())
  const app = await build(t, files)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.match(url, /^https:/)
  const headers = await new Promise((resolve, reject) => {
    const asked = request(`${url}/healthz`, { rejectUnauthorized: false }, (answer) => {
      resolve(answer.headers)
      answer.resume()
    })
    asked.on('error', reject).end()
  })
  t.match(headers, { 'strict-transport-security': /max-age/ })
  const socket = io(url, { path: '/socket/io', transports: ['websocket'], rejectUnauthorized: false })
  t.teardown(() => void socket.disconnect())
  await new Promise((resolve, reject) => socket.on('connect', () => resolve(null)).on('connect_error', reject))
})

t.test('a missing or invalid certificate or key stops the start with the name of its variable', async (t) => {
  await t.rejects(buildApp(testConfig(t, { TLS_KEY: '/x' })), { message: /TLS_KEY is set without TLS_CERT/ })
  await t.rejects(buildApp(testConfig(t, { TLS_CERT: '/x' })), { message: /TLS_CERT is set without TLS_KEY/ })
  const files = { TLS_CERT: '/nowhere/cert', TLS_KEY: '/nowhere/key' }
  await t.rejects(buildApp(testConfig(t, files)), { message: /TLS_CERT="\/nowhere\/cert" cannot be read/ })
  const noCertificate = { TLS_CERT: import.meta.filename, TLS_KEY: import.meta.filename }
  await t.rejects(buildApp(testConfig(t, noCertificate)), { message: /cannot be used/ })
})
