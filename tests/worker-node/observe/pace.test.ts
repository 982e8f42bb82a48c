import { describe, expect, it } from 'vitest'
import { Pace } from '#worker/observe/pace.ts'

/** A run that is looked at each second of a clock of its own. */
function watched() {
  const pace = new Pace()
  let atMs = 0
  let run = { mediaSeconds: undefined as number | undefined, beganSeconds: undefined, pictures: 0, inputWaits: false }
  return {
    pace,
    /** `rate` media seconds come in each of these seconds. */
    pass: (seconds: number, rate: number) => {
      for (let second = 0; second < seconds; second++) {
        atMs += 1_000
        run.mediaSeconds = (run.mediaSeconds ?? 0) + rate
        pace.look(run, atMs)
      }
    },
    inputWaits: (waits: boolean) => {
      run.inputWaits = waits
    },
    begin: () => {
      run = { mediaSeconds: undefined, beganSeconds: undefined, pictures: 0, inputWaits: false }
    },
    stop: () => pace.look(undefined, atMs),
  }
}

describe('the pace of a source', () => {
  it.each([
    [0.8, 11],
    [0.5, 11],
    [0.95, 40],
    [0.97, 60],
  ])('of %d is told, with its measure', (rate, afterSeconds) => {
    const { pace, pass } = watched()
    pass(10, rate)
    expect(pace.slowness).toBeNull()
    pass(afterSeconds - 10, rate)
    expect(pace.slowness).toEqual({ by: 'source', rate: expect.closeTo(rate, 5) })
  })

  it.each([1, 0.999, 1.01])('of %d is right', (rate) => {
    const { pace, pass } = watched()
    pass(300, rate)
    expect(pace.slowness).toBeNull()
  })

  it('is right where its backlog came fast at first, and where it is late once', () => {
    const { pace, pass } = watched()
    pass(1, 8)
    pass(20, 1)
    pass(2, 0.4)
    pass(20, 1)
    expect(pace.slowness).toBeNull()
  })

  it('is right again soon after it has mended', () => {
    const { pace, pass } = watched()
    pass(20, 0.8)
    pass(6, 1)
    expect(pace.slowness).toBeNull()
  })

  it('is uneven on a thin line, and told all the same', () => {
    const { pace, pass } = watched()
    for (let times = 0; times < 5; times++) {
      pass(1, 0)
      pass(2, 1)
    }
    expect(pace.slowness).toMatchObject({ by: 'source' })
  })

  it('is the fault of this machine where the source waits for FFmpeg', () => {
    const { pace, pass, inputWaits } = watched()
    pass(9, 0.8)
    inputWaits(true)
    pass(1, 0.8)
    inputWaits(false)
    pass(1, 0.8)
    expect(pace.slowness).toMatchObject({ by: 'source' })
    inputWaits(true)
    pass(4, 0.8)
    expect(pace.slowness).toMatchObject({ by: 'machine' })
  })

  it('says nothing of a source that froze, came back, jumped or is another one', () => {
    const { pace, pass, begin, stop } = watched()
    const isForgotten = () => {
      expect(pace.slowness).toBeNull()
      pass(7, 0.8)
      expect(pace.slowness).toBeNull()
      pass(8, 0.8)
      expect(pace.slowness).not.toBeNull()
    }
    pass(15, 1)
    pass(30, 0)
    pass(1, 1)
    isForgotten()
    pass(1, 3_600)
    isForgotten()
    pass(1, -3_600)
    isForgotten()
    begin()
    pass(1, 10)
    isForgotten()
    stop()
    expect(pace.slowness).toBeNull()
  })
})
