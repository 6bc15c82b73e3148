const SECRET_KEY = /pass(word)?$/i

/** Whether a field of this name holds a secret: `stratumPassword`, `wifiPass` and similar names of forks. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key)
}

/**
 * Removes every secret field, at any depth, from a freshly parsed JSON value, in place. Runs once where data enters, so
 * later code cannot leak a secret (CONTRACT.md 2).
 * @returns the same value
 */
export function stripSecrets<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const key in fields) {
    if (isSecretKey(key)) Reflect.deleteProperty(fields, key)
    else stripSecrets(fields[key])
  }
  return value
}

const REDACTED = '[redacted]'
const NAMED_PASSWORD = /(pass(?:word|wd|phrase|key|code)?\\*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|.+)/gis
const URL_PASSWORD = /(\w:\/\/[^\s/@:"]*:)[^\s/@"]+(?=@)/g
const PARAMS = /("params\\*"\s*:\s*\[)(.*)/is
const METHOD = /"method\\*"\s*:\s*\\*"[^"\\]+\\*"/i
const TWO_TEXTS = /^\s*\\*"(?:[^"\\]|\\.)*\\*"\s*,\s*\\*"/
const USER = /^\s*"[^"\\]*"\s*,/
const LAST_TEXT = /^\s*"(?:[^"\\]|\\.)*"\s*\](.*)/s

/**
 * Redacts the secrets in a line of a miner's log: the password of `mining.authorize`, which every firmware logs in the clear
 * (AXEOS.md 1.4), named passwords, and those in URLs. A truncated or unusual value is redacted to the end of the line.
 */
export function redactLine(line: string): string {
  const named = line
    .replace(NAMED_PASSWORD, (_, name: string, value: string) => name + redactValue(value))
    .replace(URL_PASSWORD, `$1${REDACTED}`)
  if (/mining\.authorize/i.test(named)) return redactParams(named, () => true)
  return METHOD.test(named) ? named : redactParams(named, (params) => TWO_TEXTS.test(params))
}

const redactValue = (value: string) => (value.startsWith('"') ? `"${REDACTED}"` : REDACTED)

/** Keeps the user. A message whose method is cut off may be an authorization if its parameters begin with two texts. */
function redactParams(line: string, isAuthorization: (params: string) => boolean): string {
  const [, , params] = PARAMS.exec(line) ?? []
  if (params === undefined) return line
  const before = line.slice(0, line.length - params.length)
  if (!isAuthorization(params)) return before + redactParams(params, isAuthorization)
  const user = USER.exec(params)?.[0] ?? ''
  const after = user && LAST_TEXT.exec(params.slice(user.length))?.[1]
  return `${before}${user}"${REDACTED}"]${redactParams(after || '', isAuthorization)}`
}
