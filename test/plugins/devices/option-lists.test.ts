import t from 'tap'
import { optionsFromTable } from '../../../plugins/axeos/reading/asic-options.ts'
import { readIdentity } from '../../../plugins/axeos/reading/identity.ts'
import { toOptionLists } from '../../../plugins/devices/option-lists.ts'
import { fixture } from '../axeos/helper.ts'

const options = optionsFromTable(readIdentity(fixture('info/bitaxe-ultra-204-v2.1.8.json')))

t.test('options are numbers with a label, and the default says so', async (t) => {
  const { frequencyOptions, coreVoltageOptions } = toOptionLists(options)
  t.same(frequencyOptions.slice(3, 6), [
    { label: '475', value: 475 },
    { label: '485 (default)', value: 485 },
    { label: '500', value: 500 }
  ])
  t.same(
    coreVoltageOptions.filter(({ label }) => label.includes('default')),
    [{ label: '1200 (default)', value: 1200 }]
  )
})

t.test('no option is the default where it is unknown', async (t) => {
  const { frequencyOptions } = toOptionLists({ ...options, defaultFrequency: null })
  t.notMatch(JSON.stringify(frequencyOptions), 'default')
  t.equal(frequencyOptions.length, options.frequencyOptions.length)
})

t.test('the lists of one device are created once', async (t) => {
  t.equal(toOptionLists(options), toOptionLists(options))
  t.not(toOptionLists({ ...options }), toOptionLists(options))
})
