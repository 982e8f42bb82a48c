import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { possibleEncoders } from '#worker/transcode/encoder-devices.ts'
import { EncoderPool } from '#worker/transcode/encoder-pool.ts'
import type { HardwareEncoder, Probe } from '#worker/transcode/encoder-probe.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A machine whose hardware works while it is named here. */
function machine(...working: HardwareEncoder[]) {
  const tried: HardwareEncoder[] = []
  const present = new Set(working)
  const probe = async (encoder: HardwareEncoder): Promise<Probe> => {
    tried.push(encoder)
    return present.has(encoder) ? { capacity: { name: encoder, encode_units: 12 } } : { reason: 'It is not there.' }
  }
  const pool = new EncoderPool({ softwareUnits: 2, probe, log: { debug: () => {}, info: () => {} } })
  const find = () => pool.find(['h264_nvenc', 'h264_qsv', 'h264_vaapi'])
  return { pool, find, tried, present, names: () => pool.encoders.map(({ name }) => name) }
}

describe('the encoders of a machine', () => {
  it('are those that pass their test, best first, and software', async () => {
    const { pool, find, tried } = machine('h264_vaapi', 'h264_nvenc')
    expect(pool.encoders).toEqual([{ name: 'software', encode_units: 2 }])
    await find()
    expect(tried).toEqual(['h264_nvenc', 'h264_qsv', 'h264_vaapi'])
    expect(pool.encoders).toEqual([
      { name: 'h264_nvenc', encode_units: 12 },
      { name: 'h264_vaapi', encode_units: 12 },
      { name: 'software', encode_units: 2 },
    ])
  })

  it('lose one that failed in a stream until it passes again, tried ever less often', async () => {
    const { pool, find, tried, present, names } = machine('h264_nvenc')
    await find()
    tried.length = 0
    present.clear()
    pool.failed('h264_nvenc')
    pool.failed('h264_nvenc')
    expect(names()).toEqual(['software'])
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.advanceTimersByTimeAsync(19_000)
    expect(tried).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(tried).toHaveLength(2)
    present.add('h264_nvenc')
    await vi.advanceTimersByTimeAsync(40_000)
    expect(names()).toEqual(['h264_nvenc', 'software'])
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(tried).toHaveLength(3)
  })

  it('are not tried any more once the worker stops', async () => {
    const { pool, find, tried } = machine('h264_nvenc')
    await find()
    pool.failed('h264_nvenc')
    pool.close()
    pool.failed('software')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(tried).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the encoders that a machine may have', () => {
  it.each<[string, NodeJS.Platform, Record<string, string[]>, HardwareEncoder[]]>([
    ['a Linux host without a GPU', 'linux', { '/dev': ['null', 'nvidiactl'] }, []],
    ['one of NVIDIA', 'linux', { '/dev': ['nvidia0', 'nvidiactl'] }, ['h264_nvenc']],
    ['one of Intel or AMD', 'linux', { '/dev': [], '/dev/dri': ['card0', 'renderD128'] }, ['h264_qsv', 'h264_vaapi']],
    ['both', 'linux', { '/dev': ['nvidia1'], '/dev/dri': ['renderD129'] }, ['h264_nvenc', 'h264_qsv', 'h264_vaapi']],
    ['WSL', 'linux', { '/dev': ['dxg'] }, ['h264_nvenc', 'h264_qsv', 'h264_vaapi']],
    ['a Mac', 'darwin', {}, ['h264_videotoolbox']],
    ['Windows', 'win32', {}, ['h264_nvenc', 'h264_qsv']],
  ])('are those whose devices it shows: %s', async (_, platform, folders, expected) => {
    const list = async (folder: string) => folders[folder] ?? Promise.reject(new Error('There is no such folder.'))
    expect(await possibleEncoders(platform, list)).toEqual(expected)
  })
})
