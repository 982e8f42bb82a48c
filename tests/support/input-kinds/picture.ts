import type { FixtureOptions } from '../media.ts'
import type { PictureWidth } from './input-kind.ts'

/** What sources send: small, with a keyframe each second. The large one has B-frames and mono sound at 44.1 kHz too. */
export const picture = (width: PictureWidth): FixtureOptions => ({
  ...{ width, height: (width * 9) / 16, seconds: 20, gopSeconds: 1, videoBitrateKbps: 300 },
  ...(width === 480 ? { bFrames: 2, sampleRate: 44_100, channels: 1 } : {}),
})
