import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { AudioTrack, Sample, VideoTrack } from '#worker/media/sample.ts'

const run = promisify(execFile)

export interface TestProgramme {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  /** One loop of each track, dts from 0, the first picture a keyframe; both equally long but for one audio frame. */
  readonly pictures: readonly Sample[]
  readonly sounds: readonly Sample[]
}

/** H.264 and AAC made by FFmpeg: 320×180 at 25 fps, a keyframe each half second, B-frames on request. */
export async function makeProgramme({ seconds = 2, bFrames = 0, videoKbps = 800 } = {}): Promise<TestProgramme> {
  const command = [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(seconds)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'main', '-pix_fmt', 'yuv420p', '-g', '12'],
    ...['-keyint_min', '12', '-sc_threshold', '0', '-bf', String(bFrames), '-b:v', `${videoKbps}k`],
    ...['-maxrate', `${videoKbps}k`, '-bufsize', `${videoKbps}k`, '-nal-hrd', 'cbr'],
    ...['-c:a', 'aac', '-ac', '2', '-b:a', '96k', '-f', 'flv', 'pipe:1'],
  ]
  const { stdout } = await run('ffmpeg', command, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 })
  return parseFlv(stdout, videoKbps)
}

function parseFlv(flv: Buffer, videoKbps: number): TestProgramme {
  const pictures: Sample[] = []
  const sounds: Sample[] = []
  let avcC: Uint8Array = Buffer.alloc(0)
  let asc: Uint8Array = Buffer.alloc(0)
  let width = 0
  let height = 0
  for (let at = flv.readUInt32BE(5) + 4; at + 11 <= flv.length; ) {
    const type = flv.readUInt8(at)
    const size = flv.readUIntBE(at + 1, 3)
    const ms = flv.readUIntBE(at + 4, 3)
    const body = flv.subarray(at + 11, at + 11 + size)
    at += 11 + size + 4
    if (type === 18) {
      width = metadataNumber(body, 'width')
      height = metadataNumber(body, 'height')
    } else if (type === 9 && body[1] === 0) avcC = body.subarray(5)
    else if (type === 9 && body[1] === 1)
      pictures.push({
        dts: Math.round(ms / 40) * 3_600,
        compositionOffset: Math.round(body.readIntBE(2, 3) / 40) * 3_600,
        duration: 3_600,
        keyframe: body.readUInt8(0) >> 4 === 1,
        payload: body.subarray(5),
      })
    else if (type === 8 && body[1] === 0) asc = body.subarray(2)
    else if (type === 8)
      sounds.push({
        dts: sounds.length * 1_024,
        compositionOffset: 0,
        duration: 1_024,
        keyframe: true,
        payload: body.subarray(2),
      })
  }
  const firstDts = pictures[0]?.dts ?? 0
  return {
    pictures: pictures.map((picture) => ({ ...picture, dts: picture.dts - firstDts })),
    sounds,
    video: {
      kind: 'video',
      id: '180p',
      timescale: 90_000,
      codec: 'avc1.4d400c',
      bitrate: videoKbps * 1000,
      width,
      height,
      frameDuration: 3_600,
      decoderConfig: avcC,
    },
    audio: {
      kind: 'audio',
      id: 'audio',
      timescale: 48_000,
      codec: 'mp4a.40.2',
      bitrate: 96_000,
      sampleRate: 48_000,
      channels: 2,
      frameDuration: 1_024,
      decoderConfig: asc,
    },
  }
}

function metadataNumber(body: Buffer, name: string): number {
  return body.readDoubleBE(body.indexOf(name) + name.length + 1)
}
