import { Bonjour, type Service } from 'bonjour-service'
import t from 'tap'
import { fleetOf } from './helper.ts'

const options = { interface: '127.0.0.1', bind: '0.0.0.0', port: 53_535 }

t.test(
  'firmware v2.15 or later is found by mDNS on loopback with its address and board, older firmware is not',
  async (t) => {
    const { miners, port } = await fleetOf(t, { devices: 3, mdns: true, mdnsPort: options.port })
    const bonjour = new Bonjour(options)
    t.teardown(() => bonjour.destroy())
    const found: Service[] = []
    const service = await new Promise<Service>((resolve) => {
      bonjour.find({ type: 'http', subtypes: ['axeos'] }, (up) => {
        found.push(up)
        resolve(up)
      })
    })
    const [miner] = miners
    const end = miner?.mac.slice(-5).replace(':', '').toUpperCase()
    t.match(service, { name: `Bitaxe Gamma 601 (${end})`, port, addresses: [miner?.ip] })
    t.strictSame(
      { ...service.txt },
      { board: '601', family: 'Gamma', asic: 'BM1370', asic_count: '1', fw_version: 'v2.15.3' }
    )
    t.equal(found.length, 1)
  }
)
