/**
 * The sender of fanout.bench.ts, in a process of its own so that its CPU and memory are measured alone: one feed of
 * 6 Mbit/s at 30 fps to the addresses that it is told. Asked to `collect`, it collects its garbage and says so.
 */
import { Fanout } from '#worker/fanout/fanout.ts'
import type { AudioTrack, Sample, VideoTrack } from '#worker/media/sample.ts'

export interface SenderTask {
  readonly addresses: readonly string[]
  readonly ca: string
}
const fps = 30
const gop = 60
const videoBitsPerSecond = 5_870_000

const video: VideoTrack = {
  ...{ kind: 'video', id: '720p', timescale: 90_000, codec: 'avc1.4d401f', bitrate: videoBitsPerSecond },
  ...{ width: 1280, height: 720, frameDuration: 90_000 / fps },
  decoderConfig: Buffer.from('014d401fffe1000967640028ad00f0044f010000', 'hex'),
}
const audio: AudioTrack = {
  ...{ kind: 'audio', id: 'audio', timescale: 48_000, codec: 'mp4a.40.2', bitrate: 128_000, sampleRate: 48_000 },
  ...{ channels: 2, frameDuration: 1_024, decoderConfig: Buffer.from('1190', 'hex') },
}

/** A keyframe is eight times as large as another picture. */
const interBytes = (videoBitsPerSecond / 8) * (gop / fps / (gop - 1 + 8))
const keyframePayload = Buffer.alloc(Math.round(interBytes * 8), 0x65)
const interPayload = Buffer.alloc(Math.round(interBytes), 0x41)
const soundPayload = Buffer.alloc(341, 0x21)

process.on('message', (task: SenderTask | 'collect') => {
  if (task !== 'collect') return start(task)
  globalThis.gc?.()
  process.send?.('collected')
})
process.on('disconnect', () => process.exit())

function start({ addresses, ca }: SenderTask): void {
  const fanout = new Fanout({ title: 'Bench', ca })
  fanout.setFeed('main', { video, audio, beginsAtMs: 0 })
  for (const address of addresses) {
    const keyAt = address.lastIndexOf('/')
    const destination = { url: address.slice(0, keyAt), streamKey: address.slice(keyAt + 1) }
    fanout.add({ id: address, ...destination, enabled: true, feedId: 'main' })
  }
  play(fanout)
}

function play(sink: Fanout): void {
  const startMs = performance.now()
  let pictures = 0
  let sounds = 0
  const sample = (dts: number, duration: number, keyframe: boolean, payload: Buffer): Sample => {
    return { dts, compositionOffset: 0, duration, keyframe, payload }
  }
  setInterval(() => {
    for (; (pictures * 1000) / fps <= performance.now() - startMs; pictures++) {
      for (; (sounds * 1_024) / 48_000 <= pictures / fps; sounds++)
        sink.onSample('audio', sample(sounds * 1_024, 1_024, true, soundPayload))
      const keyframe = pictures % gop === 0
      sink.onSample('720p', sample(pictures * 3_000, 3_000, keyframe, keyframe ? keyframePayload : interPayload))
    }
  }, 1000 / fps)
}
