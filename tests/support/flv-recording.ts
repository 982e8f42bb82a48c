import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a player would find in a recorded file, by FFmpeg's own judgement. */
export interface FlvReport {
  readonly width: number
  readonly height: number
  readonly videoPackets: number
  readonly audioPackets: number
  /** Between two packets of a track, milliseconds. */
  readonly largestVideoGapMs: number
  readonly largestAudioGapMs: number
  /** Packets whose decode time is not past the one before, either track. */
  readonly backwardSteps: number
  /** What FFmpeg complains about while it decodes all of it; empty where nothing is wrong. */
  readonly complaints: string
}

export async function inspectFlv(path: string): Promise<FlvReport> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'stream=codec_type,width,height:packet=codec_type,dts', '-of', 'json', path],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  const { packets, streams } = JSON.parse(stdout) as {
    packets: { codec_type: string; dts: number }[]
    streams: { codec_type: string; width?: number; height?: number }[]
  }
  const steps = (type: string) => {
    const times = packets.filter(({ codec_type }) => codec_type === type).map(({ dts }) => dts)
    return times.slice(1).map((time, index) => time - (times[index] ?? time))
  }
  const { stderr } = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']).catch(
    (error) => ({
      stderr: String(error.stderr ?? error),
    }),
  )
  const picture = streams.find(({ codec_type }) => codec_type === 'video')
  const [video, audio] = [steps('video'), steps('audio')]
  return {
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
    videoPackets: video.length + 1,
    audioPackets: audio.length + 1,
    largestVideoGapMs: Math.max(...video),
    largestAudioGapMs: Math.max(...audio),
    backwardSteps: [...video, ...audio].filter((step) => step <= 0).length,
    complaints: stderr,
  }
}
