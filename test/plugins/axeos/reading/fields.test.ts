import t from 'tap'
import { parseDifficulty } from '../../../../plugins/axeos/reading/fields.ts'

t.test('a difficulty is the same number in every form that firmware sends', async (t) => {
  const forms: [unknown, number][] = [
    ['0', 0],
    ['483k', 483e3],
    ['483K', 483e3],
    ['13M', 13e6],
    ['4.29G', 4.29e9],
    ['193G', 193e9],
    ['572.14 M', 572.14e6],
    ['1.5T', 1.5e12],
    ['2P', 2e15],
    ['2.5E', 2.5e18],
    ['117.5', 118],
    [6702259710, 6702259710],
    [0, 0],
    [42896578860.4, 42896578860.4]
  ]
  for (const [sent, difficulty] of forms) t.equal(parseDifficulty(sent), difficulty, JSON.stringify(sent))
})

t.test('everything else than a difficulty is null', async (t) => {
  const wrong = [
    null,
    undefined,
    true,
    [],
    {},
    '',
    'k',
    '4.29X',
    '1,5G',
    '-3',
    '1e9',
    'NaN',
    '4.29Gb',
    NaN,
    Infinity,
    -1
  ]
  for (const sent of [...wrong, '9'.repeat(400)]) t.equal(parseDifficulty(sent), null, JSON.stringify(sent))
})
