import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { parseArpTable } from '../../../plugins/discovery/embedded/arp.ts'
import { arpTable, directoryWith, discoveryApp, mac } from './helper.ts'

t.test('P28 lines of the ARP table that are garbage do not lose the others', async (t) => {
  const table = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '192.168.1.20     0x1         0x2         BC:DD:C2:00:00:01     *        eth0',
    'arp: segmentation fault',
    '',
    '192.168.1.999    0x1         0x2         bc:dd:c2:00:00:02     *        eth0',
    '192.168.1.21',
    '192.168.1.22     0x1         0x2         <unknown>             *        eth0',
    '192.168.1.23     0x1         0x6         bc:dd:c2:00:00:03     *        eth0'
  ].join('\n')
  t.strictSame(
    [...parseArpTable(table)],
    [
      ['192.168.1.20', mac(1)],
      ['192.168.1.23', mac(3)]
    ]
  )
})

t.test('P04 an incomplete or empty entry of the ARP table identifies nobody', async (t) => {
  const table = [
    '192.168.1.20     0x1         0x0         bc:dd:c2:00:00:01     *        eth0',
    '192.168.1.21     0x1         0x2         00:00:00:00:00:00     *        eth0',
    '192.168.1.22     0x1         0x2         ff:ff:ff:ff:ff:ff     *        eth0'
  ].join('\n')
  t.equal(parseArpTable(table).size, 0)
})

t.test('the MAC at an address is answered from a table that was just read', async (t) => {
  const settings = directoryWith(t, arpTable({ '127.0.0.5': mac(5) }))
  const { discovery } = await discoveryApp(t, settings, { arpCacheMs: 60_000 })
  t.equal(await discovery.macOf('127.0.0.5'), mac(5))
  await writeFile(settings.ARP_TABLE_FILE, arpTable({ '127.0.0.5': mac(6) }))
  t.equal(await discovery.macOf('127.0.0.5'), mac(5), 'the table is not read for each question')
  t.equal(await discovery.macOf('127.0.0.6'), null)
})

t.test('the MAC at an address follows the table when what was read is old', async (t) => {
  const settings = directoryWith(t, arpTable({ '127.0.0.5': mac(5) }))
  const { discovery } = await discoveryApp(t, settings, { arpCacheMs: 0 })
  t.equal(await discovery.macOf('127.0.0.5:8001'), mac(5))
  await writeFile(settings.ARP_TABLE_FILE, arpTable({ '127.0.0.5': mac(6) }))
  t.equal(await discovery.macOf('127.0.0.5'), mac(6))
})

t.test('a missing ARP table is logged once, and identifies nobody', async (t) => {
  const { discovery, logs } = await discoveryApp(t, { ARP_TABLE_FILE: '/does/not/exist' }, { arpCacheMs: 0 })
  t.equal(await discovery.macOf('127.0.0.5'), null)
  t.equal(await discovery.macOf('127.0.0.5'), null)
  t.equal(logs.filter((line) => line['file'] === '/does/not/exist').length, 1)
})
