import { describe, expect, it } from 'vitest'
import { ProgressReader, type TranscodeProgress } from '#worker/transcode/progress.ts'

function reader(plannedFps: number | null = 25) {
  const reports: TranscodeProgress[] = []
  const clock = { nowMs: 1_000 }
  const progress = new ProgressReader(
    plannedFps,
    (report) => reports.push(report),
    () => clock.nowMs,
  )
  return { reports, clock, push: (text: string) => progress.push(Buffer.from(text)) }
}

describe('FFmpeg’s progress', () => {
  it('becomes rates between two reports, not averages since the start', () => {
    const { reports, clock, push } = reader()
    clock.nowMs += 1_000
    push('frame=25\nfps=25.0\ndup_frames=2\ndrop_frames=3\nspeed=11x\nprogress=continue\n')
    clock.nowMs += 2_000
    push('frame=50\nprogress=continue\n')
    expect(reports).toEqual([
      { frames: 25, fps: 25, speed: 1, droppedFrames: 3, duplicatedFrames: 2 },
      { frames: 50, fps: 12.5, speed: 0.5, droppedFrames: 0, duplicatedFrames: 0 },
    ])
  })

  it('that was held up and comes in a lump makes no peak', () => {
    const { reports, clock, push } = reader()
    clock.nowMs += 1_000
    push('frame=25\nprogress=continue\n')
    clock.nowMs += 2_000
    push('frame=50\nprogress=continue\n')
    clock.nowMs += 0.5
    push('frame=75\nprogress=continue\n')
    clock.nowMs += 1_000
    push('frame=100\nprogress=continue\n')
    const speeds = reports.map(({ speed }) => Math.round((speed ?? 0) * 10) / 10)
    expect(speeds).toEqual([1, 0.5, 1, 1])
  })

  it('of pictures that pass as they come is not said to be slow: how many there are is the source’s affair', () => {
    const { reports, clock, push } = reader(null)
    clock.nowMs += 1_000
    push('frame=12\nprogress=continue\n')
    expect(reports).toMatchObject([{ frames: 12, fps: 12, speed: null }])
  })

  it('is the same in pieces', () => {
    const { reports, clock, push } = reader()
    clock.nowMs += 1_000
    for (const letter of 'frame= 30 \nprogress=end\n') push(letter)
    expect(reports).toMatchObject([{ frames: 30, fps: 30, speed: 1.2 }])
  })

  it('that makes no sense gives zeros, and no memory is kept for it', () => {
    const { reports, push } = reader()
    push('frame=N/A\nspeed=N/A\nnonsense\nprogress=continue\n')
    expect(reports).toMatchObject([{ frames: 0, fps: 0, speed: 0 }])
    for (let megabytes = 0; megabytes < 20; megabytes++) push('x'.repeat(1024 * 1024))
    push('\nframe=7\nprogress=continue\n')
    expect(reports[1]).toMatchObject({ frames: 7 })
  })
})
