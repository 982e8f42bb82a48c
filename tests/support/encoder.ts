import { type FixtureOptions, flvFixture } from './media.ts'
import { startProcess, type TestProcess } from './processes.ts'

/** A real encoder that publishes a fixture over RTMP, looped, in real time, without encoding anew. */
export async function startEncoder(
  rtmpUrl: string,
  streamKey: string,
  fixture: FixtureOptions = {},
): Promise<TestProcess> {
  const file = await flvFixture({ seconds: 20, gopSeconds: 1, ...fixture })
  return startProcess('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-nostdin', '-re', '-stream_loop', '-1', '-i', file],
    ...['-c', 'copy', '-f', 'flv', `${rtmpUrl}/${streamKey}`],
  ])
}
