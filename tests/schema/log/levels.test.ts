import { describe, expect, it } from 'vitest'
import { FloodGate } from '#schema/log/flood-gate.ts'
import { LogThreshold } from '#schema/log/threshold.ts'

describe('how much is logged', () => {
  it('changes while a process runs, and goes back to what it was started with', () => {
    const threshold = new LogThreshold('info', () => 0)
    expect([threshold.isOn('debug', undefined), threshold.isOn('info', undefined)]).toEqual([false, true])
    threshold.set('error')
    expect([threshold.isOn('warn', 'ls_1'), threshold.isOn('error', 'ls_1')]).toEqual([false, true])
    threshold.set(null)
    expect(threshold.level).toBe('info')
  })

  it('is all of one stream for a while, 20 streams at most', () => {
    let nowMs = 0
    const threshold = new LogThreshold('warn', () => nowMs)
    threshold.set(null, new Map(Array.from({ length: 30 }, (_, n) => [`ls_${n}`, 1_000])))
    expect([
      threshold.isOn('debug', 'ls_1'),
      threshold.isOn('debug', 'ls_29'),
      threshold.isOn('info', undefined),
    ]).toEqual([...[true, false, false]])
    nowMs = 1_000
    expect(threshold.isOn('debug', 'ls_1')).toBe(false)
  })
})

describe('a flood', () => {
  it('is one line, and then one each ten seconds that says how many they were', () => {
    let nowMs = 0
    const passed: [string, number][] = []
    const gate = new FloodGate<string>(
      (line, repeated) => passed.push([line, repeated]),
      () => nowMs,
    )
    for (let n = 0; n <= 512; n++) gate.push(`error at frame ${n}`, `error at frame ${n}`)
    gate.push('another', 'another')
    expect(passed).toEqual([
      ['error at frame 0', 0],
      ['another', 0],
    ])
    nowMs = 10_000
    gate.push('error at frame 513', 'error at frame 513')
    expect(passed.slice(2)).toEqual([
      ['error at frame 512', 512],
      ['error at frame 513', 0],
    ])
    gate.push('error at frame 514', 'error at frame 514')
    gate.settle(true)
    expect(passed.at(-1)).toEqual(['error at frame 514', 1])
  })

  it('of ever new words is bounded too', () => {
    const passed: string[] = []
    const gate = new FloodGate<string>(
      (line) => passed.push(line),
      () => 0,
    )
    const words = Array.from(
      { length: 500 },
      (_, n) => `line ${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))}`,
    )
    for (const line of words) gate.push(line, line)
    expect(passed.length).toBeLessThanOrEqual(40)
  })
})
