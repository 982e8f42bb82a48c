import { describe, expect, it } from 'vitest'
import { StallDetector } from '#worker/fanout/stall.ts'

const windowBytes = 100_000

describe('StallDetector', () => {
  it('is content with a peer that takes everything and never acknowledges', () => {
    const stall = new StallDetector(windowBytes)
    for (let ms = 0; ms < 60_000; ms += 40) {
      stall.sent(30_000, ms)
      stall.flushed(30_000, ms)
      expect(stall.isStalled(ms)).toBe(false)
    }
  })

  it('is content with silence while there is nothing to take', () => {
    const stall = new StallDetector(windowBytes)
    stall.sent(10, 0)
    stall.flushed(10, 1)
    expect(stall.isStalled(100_000)).toBe(false)
  })

  it('finds a peer whose bytes have not left us for three seconds', () => {
    const stall = new StallDetector(windowBytes)
    stall.sent(1_000, 0)
    stall.sent(1_000, 2_000)
    expect(stall.isStalled(2_999)).toBe(false)
    expect(stall.isStalled(3_000)).toBe(true)
  })

  it('waits on while bytes leave, however slowly', () => {
    const stall = new StallDetector(windowBytes)
    stall.sent(300_000, 0)
    for (let ms = 2_500; ms < 20_000; ms += 2_500) {
      stall.flushed(1_000, ms)
      expect(stall.isStalled(ms + 2_400)).toBe(false)
    }
  })

  it('finds a peer that stops acknowledging while the kernel still takes its bytes', () => {
    const stall = new StallDetector(windowBytes)
    let sent = 0
    const send = (ms: number) => {
      sent += 30_000
      stall.sent(30_000, ms)
      stall.flushed(30_000, ms)
    }
    for (let ms = 0; ms < 10_000; ms += 40) {
      send(ms)
      if (sent % 120_000 === 0) stall.acknowledged(sent)
    }
    let foundMs = 0
    for (let ms = 10_000; ms < 20_000 && foundMs === 0; ms += 40) {
      send(ms)
      if (stall.isStalled(ms)) foundMs = ms
    }
    expect(foundMs).toBeGreaterThan(13_000)
    expect(foundMs).toBeLessThan(13_600)
  })

  it('learns the distance of a peer that acknowledges seldom', () => {
    const stall = new StallDetector(windowBytes)
    let sent = 0
    for (let ms = 0; ms < 60_000; ms += 40) {
      sent += 3_000
      stall.sent(3_000, ms)
      stall.flushed(3_000, ms)
      if (sent % 2_400_000 === 0) stall.acknowledged(sent)
      expect(stall.isStalled(ms)).toBe(false)
    }
  })

  it('takes a count that wraps to zero as a sign of life', () => {
    const stall = new StallDetector(windowBytes)
    stall.acknowledged(0xf0000000)
    stall.sent(0xf0000000, 0)
    stall.flushed(0xf0000000, 0)
    stall.acknowledged(0)
    stall.sent(1_000, 10)
    stall.flushed(1_000, 10)
    expect(stall.isStalled(60_000)).toBe(false)
  })

  describe('with readings of what the kernel holds', () => {
    const read = (stall: StallDetector, queuedBytes: number, ms: number) => {
      stall.kernelHolds(queuedBytes, ms)
      return stall.isStalled(ms)
    }
    const flush = (stall: StallDetector, bytes: number, ms: number) => {
      stall.sent(bytes, ms)
      stall.flushed(bytes, ms)
    }

    it('finds a peer of whose bytes none is confirmed in two and a half seconds, though they leave us', () => {
      const stall = new StallDetector(windowBytes)
      flush(stall, 10_000, 0)
      const found: number[] = []
      for (let ms = 500; ms <= 4_000; ms += 500) {
        flush(stall, 5_000, ms)
        if (read(stall, 10_000 + ms * 10, ms)) found.push(ms)
      }
      expect(found).toEqual([3_000, 3_500, 4_000])
    })

    it('waits on while some are confirmed, however few', () => {
      const stall = new StallDetector(windowBytes)
      flush(stall, 1_000_000, 0)
      for (let ms = 0; ms < 60_000; ms += 2_000) expect(read(stall, 1_000_000 - ms, ms)).toBe(false)
    })

    it('is content with an empty queue, however long nothing was sent', () => {
      const stall = new StallDetector(windowBytes)
      flush(stall, 1_000, 0)
      expect(read(stall, 500, 100)).toBe(false)
      expect(read(stall, 0, 600)).toBe(false)
      flush(stall, 1_000, 20_000)
      expect(read(stall, 1_000, 20_100)).toBe(false)
    })

    it('draws no conclusion from time without a reading', () => {
      const stall = new StallDetector(windowBytes)
      flush(stall, 1_000, 0)
      expect(read(stall, 500, 100)).toBe(false)
      expect(stall.isStalled(60_000)).toBe(false)
    })

    it('takes an acknowledgement for a sign of life', () => {
      const stall = new StallDetector(windowBytes)
      flush(stall, 1_000, 0)
      expect(read(stall, 500, 0)).toBe(false)
      stall.acknowledged(700)
      expect(read(stall, 500, 3_000)).toBe(false)
    })

    it('is content with a kernel that counts what encryption adds', () => {
      const stall = new StallDetector(windowBytes)
      let flushedBytes = 0
      for (let ms = 0; ms < 60_000; ms += 500) {
        flush(stall, 50_000, ms)
        flushedBytes += 50_000
        expect(read(stall, 40_000 + Math.round(flushedBytes % 7_000), ms)).toBe(false)
      }
    })
  })
})
