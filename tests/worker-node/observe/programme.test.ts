import { describe, expect, it } from 'vitest'
import { Programme } from '#worker/observe/programme.ts'
import type { Glance } from '#worker/transcode/glance.ts'
import { fromLufs } from '#worker/transcode/loudness.ts'

const hear = (programme: Programme, seconds: number, lufs: number, peak = 0.1) => {
  for (let block = 0; block < seconds * 10; block++) programme.sound({ power: fromLufs(lufs), peak })
}
const see = (programme: Programme, seconds: number, glance: Partial<Glance>) => {
  for (let half = 0; half < seconds * 2; half++) programme.picture({ isBlack: false, isStill: false, ...glance })
}
const codes = ({ issues }: Programme) => issues.map(({ code, severity }) => `${code} ${severity}`)

describe('what is on air', () => {
  it('is silent after 10 s without a sound above −60 dB, until there is one', () => {
    const programme = new Programme()
    hear(programme, 9.8, -80, 0.0009)
    expect(codes(programme)).toEqual([])
    hear(programme, 0.2, -80, 0.0009)
    expect(codes(programme)).toEqual(['audio_silent warning'])
    hear(programme, 0.1, -50, 0.0011)
    expect(codes(programme)).toEqual([])
  })

  it('is black after 10 s and frozen after 30 s, and says only one of them', () => {
    const programme = new Programme()
    see(programme, 9.5, { isBlack: true, isStill: true })
    expect(codes(programme)).toEqual([])
    see(programme, 25, { isBlack: true, isStill: true })
    expect(codes(programme)).toEqual(['picture_black warning'])
    see(programme, 0.5, { isStill: true })
    expect(codes(programme)).toEqual(['picture_frozen info'])
    see(programme, 0.5, {})
    expect(codes(programme)).toEqual([])
  })

  it('has nothing wrong once nothing comes any more', () => {
    const programme = new Programme()
    hear(programme, 20, -80, 0)
    see(programme, 40, { isBlack: true, isStill: true })
    programme.stopped()
    expect(codes(programme)).toEqual([])
    expect(programme.loudness.momentaryLufs).toBeNull()
  })

  it('goes on with the integrated loudness where a new FFmpeg takes up', () => {
    const programme = new Programme()
    expect(programme.loudness).toEqual({ momentaryLufs: null, integratedLufs: null })
    hear(programme, 10, -20)
    programme.stopped()
    expect(programme.loudness).toEqual({ momentaryLufs: null, integratedLufs: -20 })
    hear(programme, 10, -26)
    // The mean of the powers, 10·lg((10⁻² + 10⁻²·⁶)/2).
    expect(programme.loudness).toEqual({ momentaryLufs: -26, integratedLufs: -22 })
  })
})
