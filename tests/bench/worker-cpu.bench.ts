import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEncoder } from '../support/encoder.ts'
import { flvFixture } from '../support/media.ts'
import { startProcess } from '../support/processes.ts'
import { TestWeir } from '../support/weir.ts'
import { cpuSeconds, residentMib } from './cpu-time.ts'
import { benchSeconds, printTable } from './table.ts'

// One three-rung stream through the whole worker, beside plain `ffmpeg -f hls` with the same ladder and settings.
const seconds = benchSeconds()
const rungs = [
  { height: 720, width: 1280, kbps: 2_500 },
  { height: 480, width: 854, kbps: 1_200 },
  { height: 240, width: 426, kbps: 400 },
]
const fixture = { width: 1280, height: 720, fps: 30, videoBitrateKbps: 3_000 } as const
const source = await flvFixture({ seconds: 20, gopSeconds: 1, ...fixture })

const ours = await measureWorker()
const plain = await measurePlain()
const share = (cpu: number) => `${((cpu / seconds) * 100).toFixed(1)} %`
printTable(`One 720p + 480p + 240p stream, ${seconds} s, CPU of one core`, [
  ['', 'FFmpeg', 'Node', 'together', 'beside ffmpeg -f hls', 'memory of Node'],
  [
    'worker',
    share(ours.ffmpeg),
    share(ours.node),
    share(ours.ffmpeg + ours.node),
    ratio(ours.ffmpeg + ours.node),
    `${ours.mib.toFixed(0)} MiB`,
  ],
  ['ffmpeg -f hls', share(plain), '', share(plain), '1.000', ''],
  ['goal', '', '≤ 4 %', '', '≤ 1.05', ''],
])

function ratio(cpu: number): string {
  return (cpu / plain).toFixed(3)
}

async function measureWorker(): Promise<{ ffmpeg: number; node: number; mib: number }> {
  const weir = await TestWeir.start()
  const stream = await weir.createStream({
    encoder_preset: 'veryfast',
    ladder: {
      preset: 'custom',
      renditions: rungs.map(({ height, kbps }) => ({ height, video_bitrate_kbps: kbps })),
    },
  })
  const encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
  try {
    await weir.playable(stream)
    await wait(5)
    const [ffmpegPid] = weir.ffmpegPids()
    const nodePid = weir.worker!.pid
    const before = { ffmpeg: cpuSeconds(ffmpegPid!), node: cpuSeconds(nodePid) }
    await wait(seconds)
    return {
      ffmpeg: cpuSeconds(ffmpegPid!) - before.ffmpeg,
      node: cpuSeconds(nodePid) - before.node,
      mib: residentMib(nodePid),
    }
  } finally {
    await encoder.end('SIGKILL')
    await weir.close()
  }
}

/** FFmpeg as people run it: the same decode, sizes, rates and settings, its own HLS muxer. */
async function measurePlain(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'))
  const labels = rungs.map((_, index) => `[s${index}]`).join('')
  const scales = rungs.map(({ width, height }, index) => `[s${index}]scale=${width}:${height}[v${index}]`)
  const encoder = startProcess('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', source],
    ...['-filter_complex', [`[0:v]fps=30,split=${rungs.length}${labels}`, ...scales].join(';')],
    ...rungs.flatMap(({ kbps }, index) => [
      ...['-map', `[v${index}]`, `-c:v:${index}`, 'libx264', `-b:v:${index}`, `${kbps}k`],
      ...[`-maxrate:v:${index}`, `${Math.round(kbps * 1.1)}k`, `-bufsize:v:${index}`, `${kbps}k`],
    ]),
    ...['-preset', 'veryfast', '-tune', 'zerolatency', '-profile:v', 'main', '-g', '60', '-keyint_min', '60'],
    ...['-sc_threshold', '0', '-bf', '0', '-map', '0:a', '-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-ac', '2'],
    ...['-f', 'hls', '-hls_time', '4', '-hls_list_size', '8', '-hls_flags', 'delete_segments'],
    ...['-hls_segment_type', 'fmp4', '-var_stream_map', 'v:0,agroup:a v:1,agroup:a v:2,agroup:a a:0,agroup:a'],
    ...['-master_pl_name', 'index.m3u8', join(folder, '%v.m3u8')],
  ])
  try {
    await wait(5)
    const before = cpuSeconds(encoder.pid)
    await wait(seconds)
    if (encoder.hasEnded()) throw new Error(`The baseline ended: ${encoder.stderr()}`)
    return cpuSeconds(encoder.pid) - before
  } finally {
    await encoder.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
