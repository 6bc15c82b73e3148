import t from 'tap'
import { compareVersions, isAtLeast, isOlder, parseVersion } from '../../../../plugins/axeos/reading/version.ts'

t.test('versions of every firmware sort from old to new', async (t) => {
  const sorted = [
    'garbage',
    'v1.0.37',
    'V1.0.37.2-LTS',
    'v1.0.38-alpha9',
    'v1.0.38-beta',
    'v1.0.38-rc1',
    'v1.0.38',
    'v1.1.0-beta1',
    'v2.4.5',
    'v2.4.5-3-gb5d1e36-dirty',
    'v2.4.5-12-g0000000',
    'v2.4.6',
    'v2.11.0b6',
    'v2.11.0b10',
    'v2.11.0',
    'v2.15'
  ]
  t.same(sorted.toReversed().sort(compareVersions), sorted)
})

t.test("a fork's suffix does not change the order of a version", async (t) => {
  t.equal(compareVersions('2.7.0-TCH-All-In-One', 'v2.7.0'), 0)
  t.equal(compareVersions('V1.0.37.2-LTS', '1.0.37.2'), 0)
  t.equal(compareVersions('v2.7.0-betty', 'v2.7.0'), 0)
  t.equal(compareVersions('v2.15', 'v2.15.0.0'), 0)
})

t.test('text that is not a version sorts before every version and never throws', async (t) => {
  for (const text of ['', ' ', 'v', '2', 'Unified', 'v2.', '../..', '-1.0', '\u0000', 'x'.repeat(1e5)]) {
    t.equal(parseVersion(text), null, JSON.stringify(text.slice(0, 10)))
    t.ok(compareVersions(text, '0.0.1') < 0)
    t.ok(compareVersions('0.0.1', text) > 0)
    t.equal(compareVersions(text, 'garbage'), 0)
  }
})

t.test('a firmware is older only if that is certain', async (t) => {
  t.equal(isOlder('v2.6.9', '2.7.0'), true)
  t.equal(isOlder('2.7.0-TCH-All-In-One', '2.7.0'), false)
  t.equal(isOlder('garbage', '2.7.0'), false)
  t.equal(isOlder(null, '2.7.0'), false)
})

t.test('a firmware has reached a version only if that is certain', async (t) => {
  t.equal(isAtLeast('v2.14.0', '2.14.0'), true)
  t.equal(isAtLeast('v2.15.3', '2.14.0'), true)
  t.equal(isAtLeast('v2.13.9', '2.14.0'), false)
  t.equal(isAtLeast('garbage', '2.14.0'), false)
  t.equal(isAtLeast(null, '2.14.0'), false)
})
