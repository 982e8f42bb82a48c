import { describe, expect, it } from 'vitest'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { transcodeArguments } from '#worker/transcode/args.ts'
import { mediaOutputs } from '#worker/transcode/outputs.ts'
import { cardArguments } from '#worker/transcode/slate-args.ts'
import { layoutCard } from '#worker/transcode/slate-card.ts'

const plan: EncodePlan = {
  fps: { num: 25, den: 1 },
  gopFrames: 50,
  renditions: [
    { id: '720p', width: 1280, height: 720, videoBitrateKbps: 2_500 },
    { id: '240p', width: 426, height: 240, videoBitrateKbps: 450 },
  ],
  audioBitrateKbps: 128,
  preset: 'veryfast',
  zeroLatency: true,
  bFrames: 0,
}
const source: SourceDescription = {
  protocol: 'rtmp',
  video: {
    codec: 'avc1',
    profile: null,
    width: 1920,
    height: 1080,
    fps: 25,
    keyframe_interval_s: null,
    b_frames: null,
  },
  audio: { codec: 'mp4a', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: null,
  encoder: null,
}
const fromStdin = (what: Partial<SourceDescription> = {}, made = plan) =>
  transcodeArguments({ kind: 'stdin', format: 'flv' }, mediaOutputs([made]), { ...source, ...what })
const graphOf = (args: readonly string[]) => args.filter((_, index) => args[index - 1] === '-filter_complex').join(';')

const mp4 = (pipe: number) =>
  '-f mp4 -movflags +empty_moov+default_base_moof+frag_every_frame+frag_discont+skip_trailer -use_editlist 0 ' +
  '-avoid_negative_ts disabled -output_ts_offset 10 -video_track_timescale 90000 -flush_packets 1 -muxdelay 0 ' +
  `-muxpreload 0 pipe:${pipe}`
const finish = (size: string) =>
  `scale=${size}:force_original_aspect_ratio=decrease:out_range=tv,pad=${size}:-1:-1,format=yuv420p,setsar=1,` +
  'setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709'

describe('the command line of a transcode', () => {
  it('is exactly this for two renditions of an RTMP source', () => {
    const graph = [
      '[0:v:0]fps=25/1,split=4[s0][s1][s][g]',
      `[s0]${finish('1280:720')}[v0]`,
      `[s1]${finish('426:240')}[v1]`,
      "[s]select='isnan(prev_selected_t)+gte(t-prev_selected_t,5)',setpts='(floor(T/5)*5+10)/TB',scale='min(480,iw)':-2:out_range=pc,format=yuvj420p[snapshot]",
      '[g]fps=2,setpts=PTS+1/TB,scale=160:90,format=gray[glance]',
    ].join(';')
    const x264 = (level: string, kbps: number, peakKbps: number) =>
      `-c:v libx264 -preset veryfast -tune zerolatency -keyint_min 50 -sc_threshold 0 -profile:v main -level:v ${level} ` +
      `-g 50 -bf 0 -b:v ${kbps}k -maxrate ${peakKbps}k -bufsize ${kbps}k ` +
      '-force_key_frames expr:lt(n,100)*eq(mod(n,10),0)'
    expect(fromStdin().join(' ')).toBe(
      [
        '-hide_banner -nostdin -nostats -loglevel level+warning -progress pipe:3 -stats_period 1',
        '-thread_type slice -analyzeduration 1000000 -probesize 1000000 -fpsprobesize 0',
        `-protocol_whitelist pipe -f flv -i pipe:0 -filter_complex ${graph}`,
        '-filter_complex [0:a:0]aresample=48000:async=1000,aformat=channel_layouts=stereo,asplit=2[audio0][heard]',
        `-map [v0] ${x264('3.1', 2_500, 2_750)} ${mp4(8)}`,
        `-map [v1] ${x264('2.1', 450, 495)} ${mp4(9)}`,
        `-map [audio0] -c:a aac -b:a 128k -ar 48000 -ac 2 ${mp4(7)}`,
        '-map [heard] -c:a pcm_s16le -f s16le pipe:5',
        '-map [snapshot] -c:v mjpeg -q:v 5 -threads 1 -r 1/5 -flush_packets 1 -f image2pipe pipe:4',
        '-map [glance] -c:v rawvideo -r 2 -flush_packets 1 -f rawvideo pipe:6',
      ].join(' '),
    )
  })

  it('makes keyframes dense until what the source kept is through, however far apart the source has them', () => {
    const forced = (keyframe_interval_s: number, made = plan) => {
      const args = fromStdin({ video: { ...source.video!, keyframe_interval_s } }, made)
      return args[args.indexOf('-force_key_frames') + 1]
    }
    expect(forced(4)).toBe('expr:lt(n,150)*eq(mod(n,10),0)')
    expect(forced(600)).toBe('expr:lt(n,300)*eq(mod(n,10),0)')
    expect(forced(2, { ...plan, fps: { num: 30_000, den: 1_001 } })).toBe('expr:lt(n,120)*eq(mod(n,12),0)')
    expect(transcodeArguments({ kind: 'test-pattern' }, mediaOutputs([plan]), null)).not.toContain('-force_key_frames')
  })

  it('makes larger by Lanczos what is to be upscaled, and only that', () => {
    const [top, ...rest] = plan.renditions
    const graph = graphOf(fromStdin({}, { ...plan, renditions: [{ ...top!, upscaler: 'lanczos' }, ...rest] }))
    expect(graph).toContain(
      'scale=1280:720:force_original_aspect_ratio=decrease:out_range=tv:flags=lanczos,pad=1280:720',
    )
    expect(graph).toContain(finish('426:240'))
  })

  it('draws a test pattern in real time, with a clock and a tone, and reads no stdin', () => {
    const args = transcodeArguments({ kind: 'test-pattern' }, mediaOutputs([plan]), null)
    const at = args.indexOf('-i')
    expect(args.slice(at - 3, at)).toEqual(['-re', '-f', 'lavfi'])
    expect(args[at + 1]).toContain('testsrc2=s=1280x720:r=25/1')
    expect(args[at + 1]).toContain('localtime')
    expect(args[at + 1]).toContain('sine=')
    expect(args).not.toContain('pipe:0')
    expect(args).not.toContain('-protocol_whitelist')
  })

  it('puts silence or a plain picture in the place of what the source lacks', () => {
    expect(graphOf(fromStdin({ audio: null }))).toContain('anullsrc=r=48000:cl=stereo[audio0]')
    expect(graphOf(fromStdin({ audio: null }))).not.toContain('[0:a')
    expect(graphOf(fromStdin({ video: null }))).toMatch(
      /^\[0:a:0\]showwaves=.*scale=1280:720,drawbox=c=0x101418:t=fill,split=3/,
    )
    expect(graphOf(fromStdin({ video: null }))).not.toContain('[0:v')
    // Nobody measures what is made up.
    expect(fromStdin({ audio: null })).not.toContain('[heard]')
    expect(fromStdin({ video: null })).not.toContain('[glance]')
  })

  it('gives sound that is normalised away undressed, with its times, and encodes none', () => {
    const args = fromStdin({}, { ...plan, normalizesAudio: true })
    expect(graphOf(args)).toContain('aformat=channel_layouts=stereo[heard]')
    expect(args.join(' ')).toContain('-map [heard] -c:a pcm_s16le -f mov -movflags')
    expect(args).not.toContain('aac')
    expect(fromStdin({ audio: null }, { ...plan, normalizesAudio: true })).toContain('aac')
  })

  it('looks ahead and makes B-frames only where the plan says so', () => {
    const quality = fromStdin({}, { ...plan, zeroLatency: false, bFrames: 2 }).join(' ')
    expect(quality).not.toContain('zerolatency')
    expect(quality).not.toContain('-thread_type')
    expect(quality).toContain('-bf 2')
  })

  it('never reads keys from stdin, reads nothing but pipes, and throws nothing away while it probes', () => {
    for (const args of [fromStdin(), transcodeArguments({ kind: 'test-pattern' }, mediaOutputs([plan]), null)])
      expect(args).toContain('-nostdin')
    expect(fromStdin()[fromStdin().indexOf('-protocol_whitelist') + 1]).toBe('pipe')
    expect(fromStdin().join(' ')).not.toContain('nobuffer')
  })
})

describe('the command line of a slate', () => {
  it('encodes with the very words of the live one, from the size to the muxer', () => {
    const live = fromStdin().join(' ')
    const slate = cardArguments(plan, layoutCard('Be right back', 'Lecture', plan.renditions[0]!)).join(' ')
    for (const words of [finish('1280:720'), finish('426:240'), ...slate.match(/-c:v libx264 .*?-bufsize \w+/g)!])
      expect(live).toContain(words)
    expect(slate.match(/-c:v libx264/g)).toHaveLength(2)
    expect(slate).toContain('-c:a aac -b:a 128k -ar 48000 -ac 2')
  })

  it('does not hold the stream’s name', () => {
    const title = "x':textfile=/etc/passwd,drawtext=text='%{eif\\:1\\:d}"
    const args = cardArguments(plan, layoutCard('Be right back', title, plan.renditions[0]!)).join(' ')
    expect(args).not.toContain('passwd')
    expect(args).not.toContain('eif')
    expect(args).toContain('textfile=line1.txt:expansion=none')
  })
})
