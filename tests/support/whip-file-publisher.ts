import type { DatagramRelay } from './datagram-relay.ts'
import { eventually } from './eventually.ts'
import { type FixtureOptions, flvFixture } from './media.ts'
import { startProcess, type TestProcess } from './processes.ts'
import { tsFixture } from './transport-stream.ts'

const script = new URL('whip-file-publisher.py', import.meta.url).pathname

/**
 * A publisher over WebRTC that is no browser, with Debian's python3-aiortc: sends H.264 and Opus of a fixture, looped, in
 * real time, without encoding. SIGTERM lets it say goodbye. It goes through the relay, which it aims at the worker's port.
 */
export async function startWhipPublisher(
  url: string,
  bearer: string,
  fixture: FixtureOptions = {},
  relay?: DatagramRelay,
): Promise<TestProcess> {
  const args = [script, url, bearer, await opusFixture(fixture), ...(relay ? [String(relay.port)] : [])]
  const publisher = startProcess('setpriv', ['--pdeathsig', 'KILL', '--', '/usr/bin/python3', ...args])
  if (relay) void aim(publisher, relay)
  return publisher
}

async function aim(publisher: TestProcess, relay: DatagramRelay): Promise<void> {
  const line = await eventually('it is let in or refused', () => {
    return publisher.hasEnded() ? '{}' : /^.*\n/.exec(publisher.stdout())?.[0]
  })
  const { port } = JSON.parse(line) as { port?: number }
  if (port) relay.aim(port)
}

/** The fixture's picture, and its sound as Opus. */
async function opusFixture(fixture: FixtureOptions): Promise<string> {
  const source = await flvFixture({ seconds: 20, gopSeconds: 1, sampleRate: 48_000, ...fixture })
  return tsFixture(['-i', source, '-c:v', 'copy', '-c:a', 'libopus', '-b:a', '64k'])
}
