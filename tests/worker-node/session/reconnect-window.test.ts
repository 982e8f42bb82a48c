import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReconnectWindow } from '#worker/session/reconnect-window.ts'

let over: number
let window: ReconnectWindow
beforeEach(() => {
  vi.useFakeTimers()
  over = 0
  window = new ReconnectWindow(() => {
    over++
  })
})
afterEach(() => vi.useRealTimers())

describe('the reconnect window', () => {
  it('is over after its length', () => {
    window.open(60_000)
    vi.advanceTimersByTime(59_999)
    expect([window.isOpen, over]).toEqual([true, 0])
    vi.advanceTimersByTime(1)
    expect(over).toBe(1)
  })

  it('that is closed ends nothing, and the next one begins anew', () => {
    window.open(60_000)
    vi.advanceTimersByTime(50_000)
    window.close()
    expect(window.isOpen).toBe(false)
    window.open(60_000)
    vi.advanceTimersByTime(59_000)
    expect(over).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(over).toBe(1)
  })

  it('takes another length on, counted from its beginning; null has no end', () => {
    window.open(60_000)
    vi.advanceTimersByTime(50_000)
    window.open(null)
    vi.advanceTimersByTime(3_600_000)
    expect(over).toBe(0)
    window.open(60_000)
    vi.advanceTimersByTime(0)
    expect(over).toBe(1)
  })
})
