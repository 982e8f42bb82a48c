import { describe, expect, it } from 'vitest'
import { MediaQueue, type Queued } from '#worker/fanout/queue.ts'

/** Picture `index` at 25 fps with a keyframe every `gop`. */
const frame = (index: number, gop = 25): Queued => ({
  keyframe: index % gop === 0,
  timestampMs: index * 40,
  durationMs: 40,
})
const indexes = (queue: MediaQueue<Queued>) => {
  const taken: number[] = []
  for (let item = queue.shift(); item; item = queue.shift()) taken.push(item.timestampMs / 40)
  return taken
}

describe('MediaQueue', () => {
  it('begins at a keyframe, and does not count what came before as dropped', () => {
    const queue = new MediaQueue()
    for (let index = 20; index < 28; index++) queue.push(frame(index))
    expect(queue.droppedMs).toBe(0)
    expect(indexes(queue)).toEqual([25, 26, 27])
  })

  it('says what it would take, so that nothing is made for nobody', () => {
    const queue = new MediaQueue()
    expect([queue.wants(false), queue.wants(true)]).toEqual([false, true])
    queue.push(frame(0))
    expect(queue.wants(false)).toBe(true)
  })

  it('gives things in their order and measures what is left', () => {
    const queue = new MediaQueue()
    for (let index = 0; index < 3; index++) queue.push(frame(index))
    expect(queue.shift()?.timestampMs).toBe(0)
    expect(queue.durationMs).toBe(80)
    expect(indexes(queue)).toEqual([1, 2])
    expect(queue.durationMs).toBe(0)
  })

  it('drops to the newest keyframe that it holds when it is full', () => {
    const queue = new MediaQueue()
    for (let index = 0; index <= 100; index++) queue.push(frame(index))
    expect(queue.droppedMs).toBe(100 * 40)
    expect(indexes(queue)).toEqual([100])
  })

  it('drops all and waits for a keyframe where the newest one would win back too little', () => {
    const queue = new MediaQueue()
    const dropped = Array.from({ length: 111 }, (_, index) => queue.push(frame(index, 110)))
    expect(dropped.filter(Boolean)).toHaveLength(1)
    expect(queue.droppedMs).toBe(110 * 40)
    expect(indexes(queue)).toEqual([110])
  })

  it('counts what is on its way as late, though it can drop nothing of it', () => {
    const queue = new MediaQueue()
    const dropped = Array.from({ length: 51 }, (_, index) => queue.push(frame(index, 30), 2_000))
    expect(dropped.indexOf(true)).toBe(50)
    expect(queue.droppedMs + queue.durationMs).toBe(0)
    expect([queue.wants(false), queue.wants(true)]).toEqual([false, true])
    queue.push(frame(60, 30), 2_000)
    expect([queue.droppedMs, queue.durationMs]).toEqual([60 * 40, 40])
  })

  it('keeps the newest keyframe where little is on its way', () => {
    const queue = new MediaQueue()
    for (let index = 0; index <= 80; index++) queue.push(frame(index), 800)
    expect(queue.droppedMs).toBe(75 * 40)
    expect(indexes(queue)).toEqual([75, 76, 77, 78, 79, 80])
  })

  it('counts exactly what never went out, over many drops', () => {
    const queue = new MediaQueue()
    for (let index = 0; index < 10_000; index++) queue.push(frame(index, 60))
    expect(queue.droppedMs + queue.durationMs).toBe(10_000 * 40)
  })

  it('never holds more than its limit of media', () => {
    const queue = new MediaQueue(1_000)
    let most = 0
    for (let index = 0; index < 5_000; index++) {
      queue.push(frame(index, 1 + (index % 97)))
      most = Math.max(most, queue.durationMs)
    }
    expect(most).toBeLessThanOrEqual(1_000)
    expect(most).toBeGreaterThan(500)
  })
})
