import { execa } from 'execa'
import type { Sample } from '#worker/media/sample.ts'
import { fragmentedMp4 } from '#worker/transcode/encoders.ts'

/** One second of H.264 with B-frames, as FFmpeg writes it for the worker. */
export function fragmentedVideo({ bFrames = 2 } = {}): Promise<Buffer> {
  return encode([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25', '-frames:v', '25', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-bf', String(bFrames), '-b_strategy', '0', '-g', '10', '-pix_fmt', 'yuv420p'],
  ])
}

/** A half second of AAC, as FFmpeg writes it for the worker. */
export function fragmentedAudio({ channels = 2, sampleRate = 48_000 } = {}): Promise<Buffer> {
  return encode([
    ...['-f', 'lavfi', '-i', `sine=sample_rate=${sampleRate}`, '-t', '0.5', '-c:a', 'aac', '-ac', String(channels)],
  ])
}

async function encode(args: readonly string[]): Promise<Buffer> {
  const { stdout } = await execa(
    'ffmpeg',
    ['-hide_banner', '-nostdin', '-loglevel', 'error', ...args, ...fragmentedMp4('pipe:1')],
    { encoding: 'buffer', timeout: 60_000 },
  )
  return Buffer.from(stdout)
}

/** What ffprobe says of each packet. */
export interface ProbedPacket {
  readonly dts: number
  readonly compositionOffset: number
  readonly keyframe: boolean
  readonly size: number
  /** `MD5:…` of the payload. */
  readonly hash: string
}

/** The packets of a file in decode order, by ffprobe. */
export async function probePackets(file: Buffer): Promise<ProbedPacket[]> {
  const { stdout } = await execa(
    'ffprobe',
    ['-v', 'error', '-show_packets', '-show_data_hash', 'MD5', '-of', 'json', '-'],
    { input: file },
  )
  const { packets } = JSON.parse(stdout) as {
    packets: { pts: number; dts: number; size: string; flags: string; data_hash: string }[]
  }
  return packets.map((packet) => ({
    dts: packet.dts,
    compositionOffset: packet.pts - packet.dts,
    keyframe: packet.flags.startsWith('K'),
    size: Number(packet.size),
    hash: packet.data_hash,
  }))
}

/** The whole of a sample as it would be if it did not share memory, to compare. */
export function withHexPayload({ payload, ...rest }: Sample) {
  return { ...rest, payload: Buffer.from(payload).toString('hex') }
}
