import { execFileSync } from 'node:child_process'
import { request } from 'node:https'
import t from 'tap'
import { io } from 'socket.io-client'
import { buildApp } from '../../../src/app.ts'
import { build, testConfig } from '../../helper.ts'

/** A certificate for 127.0.0.1, signed by itself. */
function certificate(directory: string) {
  const [TLS_KEY, TLS_CERT] = [`${directory}/key.pem`, `${directory}/cert.pem`]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', TLS_KEY, '-out', TLS_CERT]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files], {
    stdio: 'ignore'
  })
  return { TLS_KEY, TLS_CERT }
}

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

t.test('half of a certificate, or none at all behind its name, stops the start with the variable', async (t) => {
  await t.rejects(buildApp(testConfig(t, { TLS_KEY: '/x' })), { message: /TLS_KEY is set without TLS_CERT/ })
  await t.rejects(buildApp(testConfig(t, { TLS_CERT: '/x' })), { message: /TLS_CERT is set without TLS_KEY/ })
  const files = { TLS_CERT: '/nowhere/cert', TLS_KEY: '/nowhere/key' }
  await t.rejects(buildApp(testConfig(t, files)), { message: /TLS_CERT="\/nowhere\/cert" cannot be read/ })
  const noCertificate = { TLS_CERT: import.meta.filename, TLS_KEY: import.meta.filename }
  await t.rejects(buildApp(testConfig(t, noCertificate)), { message: /cannot be used/ })
})
