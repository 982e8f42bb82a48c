import { describe, expect, it } from 'vitest'
import { availableUnits, type EncodeSettings, planStream } from '#control/streams/plan-stream.ts'
import { type LoadedWorker, roomsFor, type TakenUnits } from '#control/streams/worker-room.ts'

const worker = (taken: readonly TakenUnits[] = [], hardware = true): LoadedWorker => ({
  ...{ id: 'wrk_1', name: 'home', taken },
  capacity: {
    ...{ encode_units: 4, cpu_cores: 4, ffmpeg_version: '7.1' },
    ...(hardware && {
      encoders: [
        { name: 'h264_nvenc', encode_units: 10 },
        { name: 'software', encode_units: 4 },
      ],
    }),
  },
})
const runs = (live_stream_id: string, more: Partial<TakenUnits> = {}): TakenUnits => ({
  ...{ live_stream_id, encoder: 'software', encode_units: 1, cpu_units: 0 },
  ...more,
})

describe('what a worker has for a live stream', () => {
  it('is what it measured, less what its other streams take of each encoder', () => {
    const taken = [
      runs('ls_1'),
      runs('ls_2', { encoder: 'h264_nvenc', encode_units: 3, cpu_units: 0.5 }),
      runs('ls_3', { encode_units: 2 }),
    ]
    expect(roomsFor(worker(taken), 'ls_3')).toEqual([
      { name: 'h264_nvenc', encodeUnits: 7 },
      { name: 'software', encodeUnits: 2.5 },
    ])
    expect(roomsFor(worker(taken), undefined)[1]).toEqual({ name: 'software', encodeUnits: 0.5 })
    expect(roomsFor(worker([runs('ls_1', { encode_units: 9 })]), undefined)[1]!.encodeUnits).toBe(0)
  })

  it('is the CPU alone where it names no encoders, and everything where there is no worker', () => {
    expect(roomsFor(worker([], false), 'ls_1')).toEqual([{ name: 'software', encodeUnits: 4 }])
    expect(availableUnits(roomsFor(worker([], false), 'ls_1'), 'software')).toBe(3.6)
    expect(availableUnits(roomsFor(undefined, 'ls_1'), 'software')).toBeNull()
  })
})

describe('the plan of a stream that does not run', () => {
  const settings: EncodeSettings = {
    ...({ latency_mode: 'tutorial', ladder: { preset: '720p' }, encoder_preset: null, encoder: 'auto' } as const),
    ...({ no_software_fallback: false, upscale: 'off', upscale_height: 1080 } as const),
  }

  it('takes the encoder that would be taken, for what most encoders send', () => {
    const rooms = roomsFor(worker(), 'ls_1')
    const planned = planStream(settings, null, [], rooms)
    expect(planned).toMatchObject({ is_running: false, encoder: 'h264_nvenc', encode_units: { available: 9 } })
    expect(planned.encodes.map(({ id }) => id)).toEqual(['720p', '480p', '240p'])
    expect(planStream({ ...settings, encoder: 'software' }, null, [], rooms)).toMatchObject({
      ...{ encoder: 'software', encode_units: { available: 3.6 } },
    })
  })

  it('names who would get what', () => {
    const destinations = [
      { id: 'dst_1', platform: 'twitch', profile: 'auto' as const },
      { id: 'dst_2', platform: 'youtube', profile: { height: 1080 } },
    ]
    const { encodes } = planStream(settings, null, destinations, roomsFor(worker(), 'ls_1'))
    expect(encodes.map(({ height, from, used_by }) => [height, from, used_by])).toEqual([
      [720, 'shared', ['viewers', 'dst_1']],
      [480, 'shared', ['viewers']],
      [240, 'shared', ['viewers']],
      [1080, 'own', ['dst_2']],
    ])
  })
})
