import { describe, expect, it } from 'vitest'
import { SlateLoop, type SlateSamples } from '#worker/splice/slate-loop.ts'
import { audio, frameTicks, gopFrames, label, renditions, Simulation, slate as silentSlate } from './simulation.ts'

const sounding = (name: string, lapFrames: number, aacFrames: number, periodTicks: number): SlateSamples => {
  const silent = silentSlate(false)
  const [keyframe, picture] = silent.video.get('360p')!
  return {
    ...silent,
    video: new Map(
      renditions.map(({ id }) => [
        id,
        Array.from({ length: lapFrames }, (_, index) => ({
          ...(index % gopFrames === 0 ? keyframe! : picture!),
          dts: index * frameTicks,
          payload: new TextEncoder().encode(`${name}:${index}`),
        })),
      ]),
    ),
    sound: {
      periodTicks,
      frames: Array.from({ length: aacFrames }, (_, index) => ({
        ...silent.silence,
        payload: new TextEncoder().encode(`${name}-sound:${index}`),
      })),
    },
  }
}
/** 2.6 s, which is 121.875 AAC frames: eight laps are 975. */
const lap = { frames: 65, aacFrames: 975, periodTicks: 8 * 2.6 * 48_000 }
const loop = (name = 'clip') => sounding(name, lap.frames, lap.aacFrames, lap.periodTicks)

/** How far the sound stands from where the pictures are in their lap, milliseconds, for each frame of sound. */
function offsets(simulation: Simulation, name: string): number[] {
  const pictures = simulation.out.get('360p')!.filter((sample) => label(sample).startsWith(`${name}:`))
  const beganMs = pictures[0]!.dts / 90
  return simulation.out.get('audio')!.flatMap((sample) => {
    const [kind, index] = label(sample).split(':')
    if (kind !== `${name}-sound`) return []
    const periodMs = lap.periodTicks / 48
    const miss = (((Number(index) * 1_024) / 48 - (sample.dts / 48 - beganMs)) % periodMs) + periodMs
    return [Math.min(miss % periodMs, periodMs - (miss % periodMs))]
  })
}

describe('a slate with sound', () => {
  it('plays lap after lap without a gap, and its sound stays with its pictures for hours', () => {
    const simulation = new Simulation()
    simulation.splicer.provideSlate(loop())
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.pass(3_600_000)
    expect(simulation.faults()).toEqual([])
    expect(Math.max(...offsets(simulation, 'clip').slice(-5_000))).toBeLessThanOrEqual(11)
    const indices = simulation.out.get('audio')!.map((sample) => Number(label(sample).split(':')[1]))
    const jumps = indices.slice(1).filter((index, at) => index !== (indices[at]! + 1) % lap.aacFrames)
    expect(jumps).toEqual([])
    expect(new Set(simulation.out.get('360p')!.map(label)).size).toBe(lap.frames)
  })

  it('whose laps never make whole AAC frames leaves one out now and then instead of drifting', () => {
    const uneven = new SlateLoop(sounding('clip', 65, 122, 2.6 * 48_000))
    uneven.nextPicture('360p', 0)
    const worst = Array.from({ length: 20_000 }, (_, count) => {
      const index = Number(label(uneven.sound(count * 1_024)).split(':')[1])
      const exact = (count * 1_024) % (2.6 * 48_000)
      return Math.abs(index * 1_024 - exact)
    })
    const offByALap = 2.6 * 48_000 - 1_024
    expect(Math.max(...worst.filter((miss) => miss < offByALap))).toBeLessThanOrEqual(513)
  })

  it('begins with its first picture after each loss, and gives way to the live sound', () => {
    const simulation = new Simulation()
    simulation.splicer.provideSlate(loop())
    for (let loss = 0; loss < 3; loss++) {
      simulation.connect()
      simulation.pass(4_000)
      simulation.disconnect()
      simulation.pass(4_000)
    }
    expect(simulation.faults()).toEqual([])
    const sounds = simulation.out.get('audio')!.map(label)
    const begins = sounds.filter((name, index) => name.startsWith('clip') && !sounds[index - 1]?.startsWith('clip'))
    expect(begins).toHaveLength(3)
    for (const name of begins) expect(['clip-sound:0', 'clip-sound:1']).toContain(name)
    expect(sounds.filter((name) => name.startsWith('sound2')).length).toBeGreaterThan(150)
  })

  it('does not sound where a live source only lacks sound', () => {
    const simulation = new Simulation()
    simulation.splicer.provideSlate(loop())
    simulation.connect({ withAudio: true })
    simulation.pass(3_000)
    simulation.mute()
    simulation.pass(4_000)
    expect(simulation.out.get('audio')!.filter((sample) => label(sample).startsWith('clip'))).toEqual([])
    expect(label(simulation.out.get('audio')!.at(-1)!)).toBe('silence')
  })
})

describe('a newer slate', () => {
  it.each([false, true])('takes over on air with a keyframe, without a gap (B-frames: %s)', (bFrames) => {
    const simulation = new Simulation({ bFrames })
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.pass(3_330)
    simulation.splicer.provideSlate(loop('newer'))
    simulation.pass(3_000)
    expect(simulation.faults()).toEqual([])
    const pictures = simulation.out.get('360p')!
    const first = pictures.findIndex((sample) => label(sample).startsWith('newer'))
    expect(label(pictures[first]!)).toBe('newer:0')
    expect(pictures[first]!.keyframe).toBe(true)
    expect(pictures.slice(first).every((sample) => label(sample).startsWith('newer'))).toBe(true)
    expect(simulation.sentAtMs.get(pictures[first]!)! - simulation.originMs!).toBeLessThan(3_330 + 200)
    expect(Math.max(...offsets(simulation, 'newer'))).toBeLessThanOrEqual(11)
  })
})

describe('a source that is left for good', () => {
  it('gives way to the slate at once, and what it still sends is not shown', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(4_000)
    simulation.splicer.leaveSource()
    const { length } = simulation.out.get('360p')!
    simulation.pass(3_000)
    expect(simulation.switches.map(({ onAir }) => onAir)).toEqual(['live', 'slate'])
    expect(
      simulation.out
        .get('360p')!
        .slice(length)
        .every((sample) => label(sample).startsWith('slate')),
    ).toBe(true)
    expect(simulation.faults()).toEqual([])
  })

  it('stays away where the slate is on air already', () => {
    const simulation = new Simulation()
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.connect()
    simulation.splicer.leaveSource()
    simulation.pass(4_000)
    expect(simulation.switches.map(({ onAir }) => onAir)).toEqual(['slate'])
  })
})

describe('pictures that are decoded before they are shown', () => {
  it.each([undefined, 9_000])('have their sound when they are shown (delay of the session: %s)', (delay) => {
    const reordered = new SlateLoop({ ...loop(), video: silentSlate(true).video })
    const first = reordered.nextPicture('360p', 90_000, delay)
    expect(first.compositionOffset).toBe(delay ?? frameTicks)
    const shownAt = ((90_000 + first.compositionOffset) * 48) / 90
    expect(label(reordered.sound(shownAt))).toBe('clip-sound:0')
    expect(label(reordered.sound(shownAt - 1_024))).toBe('silence')
    expect(label(reordered.sound(shownAt + 5 * 1_024))).toBe('clip-sound:5')
  })
})

describe('the timescale of the sound', () => {
  it('is the slate’s own', () => {
    const silent = silentSlate(false)
    const tracks = [...renditions, { ...audio, timescale: 44_100, sampleRate: 44_100 }]
    const sounding44 = new SlateLoop({ ...loop(), tracks, silence: silent.silence })
    sounding44.nextPicture('360p', 900_000)
    expect(label(sounding44.sound(441_000))).toBe('clip-sound:0')
    expect(label(sounding44.sound(441_000 + 10_240))).toBe('clip-sound:10')
    expect(label(sounding44.sound(441_000 - 2_000))).toBe('silence')
  })
})
