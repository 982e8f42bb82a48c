import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileServer } from '../file-server-process.ts'
import { flvFixture } from '../media.ts'
import { startProcess } from '../processes.ts'
import { startRelay } from '../relay.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { noise } from './noise.ts'
import { Persistent } from './persistent.ts'
import { picture } from './picture.ts'

/** Weir fetches a live HLS stream, whose maker is an FFmpeg. */
export async function pullHlsKind(): Promise<InputKind> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-hls-'))
  const server = new FileServer(folder)
  const relay = await startRelay(await server.start())
  await writeFile(join(folder, 'noise.m3u8'), noise(5_000))
  let width: PictureWidth = 320
  const maker = new Persistent(async () => {
    const input = ['-re', '-stream_loop', '-1', '-i', await flvFixture(picture(width)), '-c', 'copy']
    const flags = ['-hls_flags', 'delete_segments+append_list+omit_endlist']
    const output = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '5', ...flags, 'live.m3u8']
    return startProcess('ffmpeg', ['-v', 'error', '-nostdin', ...input, ...output], { cwd: folder })
  })
  maker.begin()
  const address = (user: string, name: string) => `http://${user}@127.0.0.1:${relay.port}/${name}.m3u8`
  const resume = async () => relay.aim(await server.start())
  return {
    protocol: 'hls',
    source: { type: 'pull', url: address('user:wrong', 'live') },
    // What was fetched plays to its end: three segments and what the reader looks ahead.
    toSlateMs: { kill: 9_000, freeze: 9_000, 'half-open': 9_000 },
    wrongSecret: async (trial) => {
      await trial.issue('unauthorized')
    },
    garbage: async (trial) => {
      await trial.mend({ url: address('user:secret', 'noise') })
      await trial.issue('source_unreadable', 'not_media')
    },
    begin: (trial) => trial.mend({ url: address('user:secret', 'live') }),
    kill: () => server.kill(),
    resume,
    // The maker freezes: the playlist stands still, and is still to be had.
    freeze: () => maker.signal('SIGSTOP'),
    thaw: () => maker.signal('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => relay.heal(),
    // The playlist goes on with a discontinuity.
    change: async () => {
      width = 480
      await maker.restart()
    },
    restart: async () => {
      await server.kill()
      await resume()
    },
    close: async () => {
      await maker.stop()
      await server.kill()
      await relay.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
