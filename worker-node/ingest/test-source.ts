import type { SourceDescription } from '#schema/contracts/source.ts'
import type { Driver, DriverHost } from './driver.ts'
import type { Source, SourceEnd } from './source.ts'

const description: SourceDescription = {
  protocol: 'test',
  video: {
    codec: 'raw',
    profile: null,
    width: 1280,
    height: 720,
    fps: 30,
    keyframe_interval_s: null,
    b_frames: null,
  },
  audio: { codec: 'raw', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: null,
  encoder: null,
}

/** A source that is always there: FFmpeg draws a moving picture with a clock and plays a tone. */
export function createTestSource(): Source {
  const { promise: ended, resolve } = Promise.withResolvers<SourceEnd>()
  return {
    input: { kind: 'test-pattern' },
    ready: Promise.resolve(description),
    describe: () => description,
    ended,
    bytesReceived: 0,
    heldBack: false,
    open: () => null,
    close: (why) => resolve({ reason: 'ended', detail: why }),
  }
}

/** The driver of a test input: its source is there at once and stays. */
export function startTestPattern({ onSource }: Pick<DriverHost, 'onSource'>): Driver {
  const source = createTestSource()
  queueMicrotask(() => onSource(source))
  return {
    stop: async () => {
      source.close('The stream was stopped.')
      await source.ended
    },
  }
}
