import { describe, expect, it } from 'vitest'
import type { RunPace } from '#worker/observe/pace.ts'
import { PictureRate } from '#worker/observe/picture-rate.ts'

/** A run, as FFmpeg's goes on: so many more pictures, which take so many seconds of media. */
function running(pictures = 1, beganSeconds = 10) {
  const run = { pictures, beganSeconds, mediaSeconds: beganSeconds, inputWaits: false }
  return {
    run,
    pass: (more: number, seconds: number) => {
      run.pictures += more
      run.mediaSeconds += seconds
    },
  }
}

/** Looks each second of a clock of its own. */
function begun() {
  const rate = new PictureRate()
  let atMs = 0
  return (run: RunPace | undefined) => {
    atMs += 1_000
    return Math.round(rate.look(run, atMs) * 10) / 10
  }
}

describe('the pictures a second', () => {
  it('are those of the source, in whatever lumps they come', () => {
    const look = begun()
    const { run, pass } = running()
    expect(look(run)).toBe(0)
    const rates = [30, 30, 45, 15, 30, 30, 36, 24].map((pictures) => {
      pass(pictures, pictures / 30)
      return look(run)
    })
    for (const rate of rates) {
      expect(rate).toBeGreaterThanOrEqual(25)
      expect(rate).toBeLessThanOrEqual(30)
    }
  })

  it('are not more because a backlog is encoded faster than time runs', () => {
    const look = begun()
    const { run, pass } = running()
    look(run)
    pass(120, 4)
    expect(look(run)).toBe(30)
  })

  it('are known at the first look where there were some already', () => {
    const { run, pass } = running()
    pass(30, 1)
    expect(begun()(run)).toBe(30)
    const late = running()
    late.pass(300, 10)
    expect(begun()(late.run)).toBe(30)
  })

  it('are fewer where the machine does not keep up, and none where nothing comes', () => {
    const look = begun()
    const { run, pass } = running()
    look(run)
    pass(15, 0.5)
    expect(look(run)).toBe(15)
    for (let second = 0; second < 4; second++) look(run)
    expect(look(run)).toBe(0)
  })

  it('are of one run: of the next one once there is enough of it', () => {
    const look = begun()
    const former = running()
    look(former.run)
    former.pass(30, 1)
    expect(look(former.run)).toBe(30)
    const next = running(1, 40)
    expect(look(next.run)).toBe(30)
    next.pass(50, 1)
    expect(look(next.run)).toBe(50)
    former.pass(30_000, 1_000)
    expect(look(next.run)).toBe(25)
    expect(look(undefined)).toBe(0)
  })

  it('are none where a run gives no picture for long', () => {
    const look = begun()
    const { run, pass } = running()
    look(run)
    pass(30, 1)
    expect(look(run)).toBe(30)
    const silent: RunPace = { mediaSeconds: undefined, beganSeconds: undefined, pictures: 0, inputWaits: false }
    expect(look(silent)).toBe(30)
    for (let second = 0; second < 3; second++) look(silent)
    expect(look(silent)).toBe(0)
  })

  it('do not count the media that a source leaves out', () => {
    const look = begun()
    const { run, pass } = running()
    look(run)
    pass(30, 1)
    expect(look(run)).toBe(30)
    pass(30, 3_600)
    expect(look(run)).toBe(30)
    pass(30, -1_800)
    expect(look(run)).toBe(30)
    pass(30, 1)
    expect(look(run)).toBe(30)
  })
})
