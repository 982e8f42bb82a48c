import type { ReactiveControllerHost } from 'lit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReadAgain } from '#control/dashboard/read-again.ts'

class Page extends EventTarget {
  visibilityState = 'visible'
  show(state: 'visible' | 'hidden'): void {
    this.visibilityState = state
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

const host = { addController() {} } as unknown as ReactiveControllerHost
let page: Page
let read: ReturnType<typeof vi.fn<() => Promise<void>>>
let reader: ReadAgain

beforeEach(() => {
  vi.useFakeTimers()
  page = new Page()
  vi.stubGlobal('document', page)
  read = vi.fn(async () => {})
  reader = new ReadAgain(host, 5_000, read)
  reader.hostConnected()
})
afterEach(() => {
  reader.hostDisconnected()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('what an element shows', () => {
  it('is read at once and again and again, until the element is taken away', async () => {
    await vi.advanceTimersByTimeAsync(10_000)
    expect(read).toHaveBeenCalledTimes(3)
    reader.hostDisconnected()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(read).toHaveBeenCalledTimes(3)
  })

  it('is not read while nobody sees the page, and at once when it is seen again', async () => {
    await vi.advanceTimersByTimeAsync(0)
    page.show('hidden')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(read).toHaveBeenCalledTimes(1)
    page.show('visible')
    await vi.advanceTimersByTimeAsync(0)
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('is read anew after a change, also while it is being read', async () => {
    await vi.advanceTimersByTimeAsync(0)
    const slow = Promise.withResolvers<void>()
    read.mockReturnValueOnce(slow.promise)
    await vi.advanceTimersByTimeAsync(5_000)
    const afterChange = reader.now()
    expect(read).toHaveBeenCalledTimes(2)
    slow.resolve()
    await afterChange
    expect(read).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(read).toHaveBeenCalledTimes(4)
  })
})
