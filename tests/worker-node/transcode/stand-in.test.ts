import { describe, expect, it } from 'vitest'
import { picture, sound } from '#tests/support/tracks.ts'
import { StandIn } from '#worker/transcode/stand-in.ts'

/** 46.875 sounds or 25 pictures to the second. */
const soundAt = (seconds: number) => sound(Math.round(seconds * 46.875))
const pictureAt = (seconds: number) => picture(seconds * 25)

describe('made-up media', () => {
  it('is wanted for as long as the source’s own goes on, however far behind that is', () => {
    const standIn = new StandIn({ video: {}, audio: null })
    standIn.isSurplus('video', pictureAt(10), false)
    expect(standIn.isSurplus('audio', soundAt(100), false)).toBe(false)
  })

  it('is surplus once it runs away after the end of the input, and stays so', () => {
    const standIn = new StandIn({ video: {}, audio: null })
    standIn.isSurplus('video', pictureAt(10), true)
    expect(standIn.isSurplus('audio', soundAt(14), true)).toBe(false)
    expect(standIn.isSurplus('audio', soundAt(16), true)).toBe(true)
    expect(standIn.isSurplus('video', pictureAt(12), true)).toBe(false)
    expect(standIn.isSurplus('audio', soundAt(12), true)).toBe(true)
  })

  it('is told from the source’s own picture by picture too, and where nothing of its own ever came', () => {
    const standIn = new StandIn({ video: null, audio: {} })
    expect(standIn.isSurplus('video', pictureAt(10), true)).toBe(false)
    expect(standIn.isSurplus('video', pictureAt(16), true)).toBe(true)
  })

  it('is none where the source has both: its end is FFmpeg’s own affair', () => {
    const standIn = new StandIn({ video: {}, audio: {} })
    standIn.isSurplus('video', pictureAt(1), true)
    expect(standIn.isSurplus('audio', soundAt(1_000), true)).toBe(false)
  })
})
