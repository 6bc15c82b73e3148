import { execFileSync } from 'node:child_process'

/** Creates a self-signed certificate for 127.0.0.1. @returns the settings with its files */
export function certificate(directory: string) {
  const [TLS_KEY, TLS_CERT] = [`${directory}/key.pem`, `${directory}/cert.pem`]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', TLS_KEY, '-out', TLS_CERT]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files], {
    stdio: 'ignore'
  })
  return { TLS_KEY, TLS_CERT }
}
