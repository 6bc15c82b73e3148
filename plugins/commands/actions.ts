import type { FastifyInstance } from 'fastify'
import { createTalk } from './talk.ts'
import type { Otp } from './settings.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'config' | 'deviceHub' | 'discovery'>

/** Makes the commands that a miner carries out at once. */
export function createActions({ axeos, config, deviceHub, discovery }: Parts) {
  const talk = createTalk({ axeos, deviceHub, discovery })

  const act = (mac: string, name: 'restart' | 'identify' | 'pause' | 'resume', otp?: Otp) =>
    talk(mac, ({ address, reading, signal }) =>
      axeos.command(address, name, reading.identity, { signal, ...(otp && { otp }) })
    )

  return {
    /**
     * Restarts a miner. Resolves when it has accepted; `confirmed` tells later whether it was seen to have started anew,
     * or null when it is not monitored.
     * @throws {DeviceNotFoundError} and the named errors of the miner
     */
    async restart(mac: string, otp?: Otp): Promise<{ confirmed: Promise<boolean | null> }> {
      await act(mac, 'restart', otp)
      return { confirmed: deviceHub.expectRestart(mac, config.RESTART_GRACE_MS) }
    },

    /** Lets the miner's display greet for half a minute, or stop doing so. @throws {NotSupportedError} */
    identify: (mac: string, otp?: Otp) => act(mac, 'identify', otp),
    /** Stops mining until `resume` or a restart. @throws {NotSupportedError} */
    pause: (mac: string, otp?: Otp) => act(mac, 'pause', otp),
    /** Mines again. @throws {NotSupportedError} */
    resume: (mac: string, otp?: Otp) => act(mac, 'resume', otp)
  }
}
