import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'
import { certificate } from '../support/certificate.ts'
import { Backend } from '../support/process.ts'

/** The fingerprint of the certificate that a new connection is shown. */
async function fingerprintOf(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

/** Two certificates, and the settings of which the files are those of the first. */
function twoCertificates(t: Test) {
  const directory = t.testdir()
  for (const name of ['first', 'second', 'used']) mkdirSync(`${directory}/${name}`)
  const [first, second] = [certificate(`${directory}/first`), certificate(`${directory}/second`)]
  const used = { TLS_KEY: `${directory}/used/key.pem`, TLS_CERT: `${directory}/used/cert.pem` }
  const use = ({ TLS_KEY, TLS_CERT }: { TLS_KEY?: string; TLS_CERT?: string }) => {
    if (TLS_KEY) copyFileSync(TLS_KEY, used.TLS_KEY)
    if (TLS_CERT) copyFileSync(TLS_CERT, used.TLS_CERT)
  }
  use(first)
  return { first, second, used, use, DATA_DIR: `${directory}/data` }
}

t.test('P49 SIGHUP reads the certificate and key again; a pair that cannot be used changes nothing', async (t) => {
  const { second, used, use, DATA_DIR } = twoCertificates(t)
  const backend = new Backend(t, { DATA_DIR, ...used })
  const listening = await until('it listens', () => /https:\/\/127.0.0.1:(\d+)/.exec(backend.lines.join('\n')), 60_000)
  const port = Number(listening[1])
  const old = await fingerprintOf(port)
  const kept = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  t.teardown(() => kept.destroy())
  await once(kept, 'secureConnect')

  const refused = () => backend.lines.filter((line) => line.includes('were not read again')).length
  use({ TLS_CERT: second.TLS_CERT })
  backend.child.kill('SIGHUP')
  await until('a pair that does not match is refused', () => refused() === 1)
  t.equal(await fingerprintOf(port), old)
  writeFileSync(used.TLS_CERT, '')
  backend.child.kill('SIGHUP')
  await until('an empty certificate is refused', () => refused() === 2)
  t.equal(await fingerprintOf(port), old)

  use(second)
  backend.child.kill('SIGHUP')
  await until('it is read', () => backend.lines.some((line) => line.includes('TLS_KEY were read again')))
  t.not(await fingerprintOf(port), old)
  kept.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  t.match(String((await once(kept, 'data'))[0]), 'HTTP/1.1 200', 'open connections stay')
  t.equal(await backend.stop('SIGTERM'), 0)
})
