const SECRET_KEY = /pass(word)?$/i

/** Tells whether a field of this name holds a secret (`stratumPassword`, `wifiPass` …, also under names a fork made up). */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key)
}

/**
 * Removes every secret field, at any depth, from a freshly parsed JSON value, in place: it runs once where data enters,
 * so that nothing behind it can leak (CONTRACT.md 2).
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

const HIDDEN = '[redacted]'
const NAMED = /(pass(?:word|wd|phrase|key|code)?\\*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|.+)/gis
const IN_URL = /(\w:\/\/[^\s/@:"]*:)[^\s/@"]+(?=@)/g
const PARAMS = /("params\\*"\s*:\s*\[)(.*)/is
const METHOD = /"method\\*"\s*:\s*\\*"[^"\\]+\\*"/i
const TWO_TEXTS = /^\s*\\*"(?:[^"\\]|\\.)*\\*"\s*,\s*\\*"/
const USER = /^\s*"[^"\\]*"\s*,/
const LAST_TEXT = /^\s*"(?:[^"\\]|\\.)*"\s*\](.*)/s

/**
 * Takes the secrets out of a line of a miner's log: the password of `mining.authorize`, which every firmware logs in the
 * clear (AXEOS.md 1.4), passwords by name, and those in URLs. What is not whole or not plain is hidden to the end of the line.
 */
export function redactLine(line: string): string {
  const named = line
    .replace(NAMED, (_, name: string, value: string) => name + hide(value))
    .replace(IN_URL, `$1${HIDDEN}`)
  if (/mining\.authorize/i.test(named)) return redactParams(named, () => true)
  return METHOD.test(named) ? named : redactParams(named, (params) => TWO_TEXTS.test(params))
}

const hide = (value: string) => (value.startsWith('"') ? `"${HIDDEN}"` : HIDDEN)

/** Keeps the user. Of messages whose method is cut off, those that begin with two texts may be an authorization. */
function redactParams(line: string, isAuthorization: (params: string) => boolean): string {
  const [, , params] = PARAMS.exec(line) ?? []
  if (params === undefined) return line
  const before = line.slice(0, line.length - params.length)
  if (!isAuthorization(params)) return before + redactParams(params, isAuthorization)
  const user = USER.exec(params)?.[0] ?? ''
  const after = user && LAST_TEXT.exec(params.slice(user.length))?.[1]
  return `${before}${user}"${HIDDEN}"]${redactParams(after || '', isAuthorization)}`
}
