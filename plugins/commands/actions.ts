import type { FastifyInstance } from 'fastify'
import type { Otp } from '../../schemas/system.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'config' | 'deviceHub'>

/** Creates the commands that take effect at once. All throw DeviceNotFoundError and the named errors of the miner. */
export function createActions({ axeos, config, deviceHub }: Parts) {
  const act = (mac: string, name: 'restart' | 'identify' | 'pause' | 'resume', otp?: Otp) =>
    deviceHub.withMiner(
      mac,
      ({ address, reading, signal }) => axeos.command(address, name, reading.identity, { signal, ...(otp && { otp }) }),
      { unidentified: 'refuse' }
    )

  return {
    /**
     * Restarts a miner. Resolves when it has accepted.
     * @returns `confirmed` resolves later: whether the miner was seen to have restarted, or null when it is not monitored
     */
    async restart(mac: string, otp?: Otp): Promise<{ confirmed: Promise<boolean | null> }> {
      await act(mac, 'restart', otp)
      return { confirmed: deviceHub.expectRestart(mac, config.RESTART_GRACE_MS) }
    },

    /** Shows a greeting on the miner's display for 30 s, or hides it again. @throws {NotSupportedError} */
    identify: (mac: string, otp?: Otp) => act(mac, 'identify', otp),
    /** Stops mining until `resume` or a restart. @throws {NotSupportedError} */
    pause: (mac: string, otp?: Otp) => act(mac, 'pause', otp),
    /** Continues mining after `pause`. @throws {NotSupportedError} */
    resume: (mac: string, otp?: Otp) => act(mac, 'resume', otp)
  }
}
