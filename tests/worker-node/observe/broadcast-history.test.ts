import { describe, expect, it } from 'vitest'
import { pointsMax } from '#schema/contracts/broadcast-tally.ts'
import { BroadcastHistory } from '#worker/observe/broadcast-history.ts'

const sample = (source: number, lateness_ms = 0) => ({
  ...{ source_bitrate_kbps: source, output_bitrate_kbps: 2 * source, fps: 25, lateness_ms },
})
const hour = 3_600

/** A sample each second from `from` to `to`. */
function run(history: BroadcastHistory, from: number, to: number, source = 1_000): void {
  for (let second = from + 1; second <= to; second++) history.add(sample(source), second * 1_000)
}

describe('the history of a broadcast', () => {
  it('is a point for each ten seconds: means, and the worst lateness', () => {
    const history = new BroadcastHistory(0)
    for (let second = 1; second <= 10; second++) history.add(sample(second * 100, second), second * 1_000)
    run(history, 10, 15)
    expect(history.points).toEqual([
      {
        ...{ at: new Date(0).toISOString(), seconds: 10, source_kbps: 550, output_kbps: 1_100, fps: 25 },
        lateness_ms: 10,
      },
    ])
    history.finish(15_000)
    expect(history.points[1]).toMatchObject({ at: new Date(10_000).toISOString(), seconds: 5, source_kbps: 1_000 })
  })

  it('has longer points the longer the broadcast lasts', () => {
    const history = new BroadcastHistory(0)
    const lengthAt = (seconds: number) => {
      history.finish(seconds * 1_000)
      history.acknowledge(history.points)
      run(history, seconds, seconds + 6 * hour)
      return history.points.at(-1)?.seconds
    }
    expect(lengthAt(hour)).toBe(60)
    expect(lengthAt(12 * hour)).toBe(600)
    expect(lengthAt(4 * 24 * hour)).toBe(hour)
    expect(lengthAt(40 * 24 * hour)).toBe(6 * hour)
  })

  it('waits for control, but keeps no more than the newest hundred points', () => {
    const history = new BroadcastHistory(0)
    run(history, 0, 1_500)
    const { points } = history
    expect(points).toHaveLength(pointsMax)
    expect(points[0]?.at).toBe(new Date(500_000).toISOString())
    history.acknowledge(points.slice(0, 99))
    expect(history.points).toEqual(points.slice(99))
  })

  it('has no point of nothing', () => {
    const history = new BroadcastHistory(0)
    history.finish(60_000)
    expect(history.points).toEqual([])
  })
})
