import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type FixtureOptions, mp4Fixture } from '#tests/support/media.ts'

/** A folder of media made by FFmpeg from a fixture; remove it when done. */
export interface MediaFolder {
  readonly path: string
  remove(): Promise<void>
}

/** `vod.m3u8` with `vod0.ts`, `vod1.ts`, … of a second each, `vod.mpd` with its segments, `whole.ts`, `whole.mp4`. */
export async function segmentedFixture(options: FixtureOptions = {}): Promise<MediaFolder> {
  const path = await mkdtemp(join(tmpdir(), 'weir-segments-'))
  const input = await mp4Fixture({ width: 320, height: 180, seconds: 4, videoBitrateKbps: 300, ...options })
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', 'vod.m3u8']
  const dash = ['-f', 'dash', '-seg_duration', '1', 'vod.mpd']
  const copies = [hls, dash, ['whole.ts'], ['-movflags', '+faststart', 'whole.mp4']]
  const outputs = copies.flatMap((muxer) => ['-map', '0', '-c', 'copy', ...muxer])
  await execa('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', input, ...outputs], { cwd: path })
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** A playlist of these segments, a second each. */
export function playlistOf(segments: readonly string[], { head = '', ended = true } = {}): string {
  const entries = segments.map((segment) => `#EXTINF:1,\n${segment}\n`).join('')
  return `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n${head}${entries}${ended ? '#EXT-X-ENDLIST\n' : ''}`
}
