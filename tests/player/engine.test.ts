import { describe, expect, it } from 'vitest'
import { chooseEngine } from '#player/engine/engine.ts'
import { EventEmitter } from '#player/engine/hls-needs/eventemitter3.ts'

describe('the choice of an engine', () => {
  it('takes MediaSource first, since Chromium claims HLS too', () => {
    expect(chooseEngine(null, { mediaSource: true, nativeHls: true })).toBe('hls')
  })

  it('takes DASH only when it is asked for', () => {
    expect(chooseEngine('dash', { mediaSource: true, nativeHls: false })).toBe('dash')
    expect(chooseEngine('dash', { mediaSource: false, nativeHls: true })).toBe('native')
  })

  it('knows when there is none', () => {
    expect(chooseEngine(null, { mediaSource: false, nativeHls: false })).toBeNull()
  })
})

describe('the event emitter that hls.js is given', () => {
  it('calls listeners with their context, and those of once only once', () => {
    const emitter = new EventEmitter()
    const calls: unknown[] = []
    const context = { name: 'controller' }
    function listener(this: unknown, ...args: unknown[]) {
      calls.push([this, ...args])
    }
    emitter.on('loaded', listener, context)
    emitter.once('loaded', listener, context)
    expect(emitter.emit('loaded', 1)).toBe(true)
    emitter.emit('loaded', 2)
    expect(calls).toEqual([
      [context, 1],
      [context, 1],
      [context, 2],
    ])
  })

  it('removes only what matches listener and context', () => {
    const emitter = new EventEmitter()
    const listener = () => {}
    const [one, other] = [{}, {}]
    emitter.on('loaded', listener, one)
    emitter.on('loaded', listener, other)
    emitter.off('loaded', listener, one)
    expect(emitter.listenerCount('loaded')).toBe(1)
    emitter.off('loaded')
    expect(emitter.emit('loaded')).toBe(false)
  })

  it('does not trip over listeners that leave while it runs', () => {
    const emitter = new EventEmitter()
    const calls: string[] = []
    const second = () => calls.push('second')
    emitter.on('loaded', () => emitter.off('loaded', second))
    emitter.on('loaded', second)
    emitter.emit('loaded')
    emitter.emit('loaded')
    expect(calls).toEqual(['second'])
  })
})
