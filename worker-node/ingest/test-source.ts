import type { SourceDescription } from '#schema/contracts/source.ts'
import type { Source, SourceEnd } from './source.ts'

const description: SourceDescription = {
  protocol: 'test',
  video: { codec: 'raw', width: 1280, height: 720, fps: 30 },
  audio: { codec: 'raw', sample_rate: 48_000, channels: 2 },
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
