import t from 'tap'
import { bulk, ended, POOL, preset, quietFleet, tally } from './helper.ts'

t.test(
  'P22 P32 of fifty miners of every firmware each gets its own verdict, and an impostor gets nothing',
  async (t) => {
    const { app, fleet } = await quietFleet(t, { devices: 51 }, { POLL_TIMEOUT_MS: 1500 })
    const [outsider, swapped, refusing, denying, rebooting, ignoring, ...others] = fleet.miners.filter(
      // A firmware that does not tell its MAC cannot tell that it is another one: the ARP table can, and it moves along.
      (miner) => 'macAddr' in miner.info()
    )
    const hanging = others.slice(0, 3)
    if (!outsider || !swapped || !refusing || !denying || !rebooting || !ignoring) throw new Error('too few miners')
    const failing = [swapped, refusing, denying, rebooting, ...hanging]
    const healthy = fleet.miners.filter((miner) => ![outsider, ignoring, ...failing].includes(miner))
    const presetUuid = await preset(app, { stratumPassword: 'planted' })

    for (const miner of hanging) miner.fault('hang')
    refusing.fault('refuse')
    denying.fault('refuseWrites')
    ignoring.fault('ignoreWrites')
    rebooting.onRequest = ({ method }) => {
      if (method === 'PATCH') rebooting.reboot()
    }
    fleet.swap(swapped.mac, outsider.mac)

    const macs = fleet.miners.filter((miner) => miner !== outsider).map((miner) => miner.mac)
    const { status, location, data } = await bulk(app, { macs, action: 'preset', presetUuid })
    t.equal(status, 202)
    t.equal(location, `/operations/${data.id}`)
    t.match(data, { status: 'running', total: 50, action: 'preset', presetUuid })
    const operation = await ended(app, data.id)

    t.equal(operation.status, 'done')
    t.strictSame(tally(operation), { applied: 42, notApplied: 1, failed: 7 })
    const verdict = (miner: { mac: string }) => operation.devices.find((row) => row.mac === miner.mac)
    for (const miner of hanging) t.match(verdict(miner), { status: 'failed', code: 'MINER_TIMEOUT', reason: /1500 ms/ })
    t.match(verdict(refusing), { status: 'failed', code: /^MINER_(REFUSED|RESET)$/ })
    t.match(verdict(denying), { status: 'failed', code: 'MINER_REJECTED', reason: /500/ })
    t.match(verdict(rebooting), { status: 'failed', code: /^MINER_(REFUSED|RESET)$/ })
    t.match(verdict(swapped), { status: 'failed', code: 'MINER_MISMATCH', reason: new RegExp(outsider.mac) })
    t.match(verdict(ignoring), { status: 'notApplied', notApplied: [{ field: String, reason: String }] })
    for (const miner of healthy) {
      const row = verdict(miner)
      t.match(row, { status: 'applied', notApplied: [], startedAt: String, finishedAt: String }, miner.profile)
      t.ok(JSON.stringify(miner.info()).includes(POOL.stratumURL), `${miner.profile} has the pool`)
      t.equal(app.devices.require(miner.mac).presetUuid, presetUuid)
    }
    t.same([outsider.writes, swapped.writes], [[], []])
    t.not(app.devices.require(swapped.mac).presetUuid, presetUuid)
  }
)

t.test('a second run of the same writes nothing', async (t) => {
  const { app, fleet } = await quietFleet(t, { devices: 11 })
  const settings = { stratumURL: 'pool.fleet.example', stratumPort: 4334 }
  const first = await bulk(app, { filter: {}, action: 'settings', settings })
  t.strictSame(tally(await ended(app, first.data.id)), { applied: 11 })
  const writes = fleet.miners.map((miner) => miner.writes.length)
  const second = await bulk(app, { filter: {}, action: 'settings', settings })
  t.strictSame(tally(await ended(app, second.data.id)), { unchanged: 11 })
  t.same(
    fleet.miners.map((miner) => miner.writes.length),
    writes
  )
})
