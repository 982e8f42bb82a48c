import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RotatingFile } from '#schema/node/rotating-file.ts'

const dayMs = 24 * 3_600_000
let folder: string
let nowMs: number
const open = (name: string, more = {}) =>
  new RotatingFile(join(folder, name), { maxBytes: 100, totalBytes: 350, nowMs: () => nowMs, ...more })
const line = (text: string) => Buffer.from(`${text.padEnd(39, '.')}\n`)
const total = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-logs-'))
  nowMs = Date.now()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('log files', () => {
  it('are put aside by size with whole lines, and are for their owner alone', () => {
    const file = open('worker.log')
    for (const text of ['one', 'two', 'three']) file.write(line(text))
    const [current, aside] = readdirSync(folder)
    expect(current).toBe('worker.log')
    expect(aside).toMatch(/^worker\.log\.\d{8}T\d{9}Z$/)
    expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toMatch(/^three\.*\n$/)
    expect(readFileSync(join(folder, aside ?? ''), 'utf8').split('\n')).toHaveLength(3)
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
  })

  it('are never put aside where they are a device, which is not ours alone', () => {
    const link = join(folder, 'worker.log')
    symlinkSync('/dev/null', link)
    const file = open('worker.log')
    for (const text of ['one', 'two', 'three', 'four']) file.write(line(text))
    expect(readdirSync(folder)).toEqual(['worker.log'])
    expect(readlinkSync(link)).toBe('/dev/null')
  })

  it('are put aside by age', () => {
    const file = open('worker.log')
    file.write(line('yesterday'))
    nowMs += dayMs + 1
    file.write(line('today'))
    expect(readdirSync(folder)).toHaveLength(2)
    expect(readFileSync(file.path, 'utf8')).toMatch(/^today/)
  })

  it('of all processes together take up no more than the bound, and go after 14 days', () => {
    const [worker, control] = [open('worker.log'), open('control-plane.log')]
    for (let n = 0; n < 40; n++) {
      nowMs += 1_000
      ;(n % 3 ? worker : control).write(line(`line ${n}`))
    }
    expect(total()).toBeLessThanOrEqual(350 + 100)
    const former = join(folder, 'control-plane.log.1')
    writeFileSync(former, 'of a former version')
    utimesSync(former, new Date(nowMs - 15 * dayMs), new Date(nowMs - 15 * dayMs))
    writeFileSync(join(folder, 'notes.txt'), 'not a log')
    open('worker.log')
    expect(readdirSync(folder)).not.toContain('control-plane.log.1')
    expect(readdirSync(folder)).toContain('notes.txt')
  })

  it('go on where the process was started anew', () => {
    open('worker.log').write(line('before'))
    open('worker.log').write(line('after'))
    expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toMatch(/^before\.*\nafter\.*\n$/)
  })
})
