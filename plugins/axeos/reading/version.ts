const VERSION = /^v?(\d{1,6}(?:\.\d{1,6}){1,3})(.*)$/is
const GIT_DESCRIBE = /^-(\d{1,9})-g[0-9a-f]+/i
const PRERELEASE = /^[-.]?(alpha|beta|rc|a|b)(\d{0,6})(?![a-z])/i
const STAGES: Record<string, number> = { a: -3, alpha: -3, b: -2, beta: -2, rc: -1 }

/**
 * Parses a firmware version into numbers that compare from left to right: four parts of the release, then the stage
 * (alpha, beta, rc, release), its number, and the commits since the tag. Accepts `v2.12.2`, `v2.11.0b6`,
 * `v2.4.5-3-gb5d1e36-dirty`, `2.7.0-TCH-All-In-One` and `V1.0.37.2-LTS`; a fork's suffix is ignored.
 * @returns null when the text does not start with a version
 */
export function parseVersion(text: string): number[] | null {
  const [, release, rest = ''] = VERSION.exec(text.trim()) ?? []
  if (release === undefined) return null
  const parts = release.split('.').map(Number)
  const [, stage = '', number = ''] = PRERELEASE.exec(rest) ?? []
  const commits = GIT_DESCRIBE.exec(rest)?.[1]
  return [0, 1, 2, 3]
    .map((index) => parts[index] ?? 0)
    .concat(STAGES[stage.toLowerCase()] ?? 0, Number(number), Number(commits ?? 0))
}

/**
 * Compares two firmware versions for sorting: negative when `a` is older, positive when it is newer, 0 when they are equal.
 * Text that is not a version sorts before every version.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a)
  const right = parseVersion(b)
  if (left === null || right === null) return Number(left !== null) - Number(right !== null)
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether a firmware is certainly older than a version: false for an unknown version. */
export function isOlder(version: string | null, than: string): boolean {
  return version !== null && parseVersion(version) !== null && compareVersions(version, than) < 0
}

/** Whether a firmware is certainly a version or newer: false for an unknown version. */
export function isAtLeast(version: string | null, minimum: string): boolean {
  return version !== null && parseVersion(version) !== null && compareVersions(version, minimum) >= 0
}
