import { describe, expect, it } from 'vitest'
import type { Sample } from '#worker/media/sample.ts'
import { frameTicks, gopFrames, label, Simulation } from './simulation.ts'

const source = (sample: Sample | undefined): string | undefined => sample && label(sample).replace(/\d*:.*/, '')

const run = (sample: Sample | undefined): string | undefined => sample && label(sample).split(':')[0]

/** Longest wait between two pictures on the way out, milliseconds. */
function longestSilence(simulation: Simulation): number {
  const times = simulation.out.get('360p')!.map((sample) => simulation.sentAtMs.get(sample)!)
  return Math.max(...times.slice(1).map((time, index) => time - times[index]!))
}

/** Largest distance between a live sound and the live picture of the same moment, milliseconds. */
function worstAudioOffset(simulation: Simulation): number {
  const pictures = new Map(simulation.out.get('360p')!.map((sample) => [label(sample), sample.dts / 90]))
  const offsets = simulation.out.get('audio')!.flatMap((sample) => {
    const [kind, index] = label(sample).split(':')
    // The source plays sound n at (n − 1) · 1024 / 48000 s and picture m at m / 25 s of its own clock.
    const pictureIndex = Math.round((((Number(index) - 1) * 1024) / 48_000) * 25)
    const shown = pictures.get(`${kind!.replace('sound', 'live')}:${pictureIndex}`)
    if (shown === undefined) return []
    const soundOfPicture = ((Number(index) - 1) * 1024) / 48 - pictureIndex * 40
    return [Math.abs(sample.dts / 48 - shown - soundOfPicture)]
  })
  return Math.max(...offsets)
}

describe('a source that comes and goes', () => {
  it('goes live with its first keyframe and sends every picture once', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_000)
    expect(simulation.faults()).toEqual([])
    expect(simulation.switches.map((change) => change.onAir)).toEqual(['live'])
    const pictures = simulation.out.get('360p')!
    expect(label(pictures[0]!)).toBe('live0:0')
    expect(pictures.length).toBeGreaterThanOrEqual(124)
    expect(simulation.leadMs).toBeGreaterThan(-100)
  })

  it('puts the slate on air within 0.7 s when it vanishes without a word', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_010)
    simulation.vanish()
    const goneAt = simulation.nowMs
    simulation.pass(3_000)
    expect(simulation.switches.at(-1)).toMatchObject({ onAir: 'slate' })
    expect(simulation.switches.at(-1)!.atMs - goneAt).toBeLessThanOrEqual(700)
    expect(simulation.faults()).toEqual([])
    expect(source(simulation.out.get('180p')!.at(-1))).toBe('slate')
    expect(source(simulation.out.get('audio')!.at(-1))).toBe('silence')
    expect(longestSilence(simulation)).toBeLessThanOrEqual(700)
    expect(simulation.splicer.slateSeconds).toBeGreaterThan(2.5)
  })

  it('puts the slate on air at once when it says goodbye', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(4_000)
    simulation.disconnect()
    const goneAt = simulation.nowMs
    simulation.pass(1_000)
    expect(simulation.switches.at(-1)).toMatchObject({ onAir: 'slate' })
    expect(simulation.switches.at(-1)!.atMs - goneAt).toBeLessThanOrEqual(120)
    expect(simulation.faults()).toEqual([])
  })

  it('is live before the slate is ready, and gets it as soon as it is, no faster than destinations can take it', () => {
    const simulation = new Simulation({ lateSlate: true })
    simulation.connect()
    simulation.pass(3_000)
    expect(simulation.splicer.onAir).toBe('live')
    simulation.vanish()
    simulation.pass(8_000)
    expect(simulation.splicer.onAir).toBe('live')
    const before = simulation.leadMs
    simulation.provideSlate()
    simulation.pass(1_000)
    expect(simulation.splicer.onAir).toBe('slate')
    expect(simulation.leadMs - before).toBeGreaterThan(1_800)
    expect(simulation.leadMs - before).toBeLessThan(2_200)
    simulation.connect()
    simulation.pass(2_000)
    expect(simulation.splicer.onAir).toBe('slate')
    simulation.pass(3_000)
    expect(simulation.splicer.onAir).toBe('live')
    expect(simulation.leadMs).toBeGreaterThan(-100)
    expect(simulation.faults().filter((fault) => !fault.startsWith('audio: 0 expected'))).toEqual([])
  })

  it('is spliced back in at its keyframe, in sync, soon after it returns', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(4_000)
    simulation.vanish()
    simulation.pass(4_130)
    simulation.connect({ backlogMs: 400 })
    const backAt = simulation.nowMs
    simulation.pass(4_000)
    expect(simulation.switches.at(-1)).toMatchObject({ onAir: 'live' })
    expect(simulation.switches.at(-1)!.atMs - backAt).toBeLessThanOrEqual(600)
    expect(simulation.faults()).toEqual([])
    expect(worstAudioOffset(simulation)).toBeLessThanOrEqual(11)
    const pictures = simulation.out.get('360p')!
    const back = pictures.findIndex(
      (sample, index) => source(sample) === 'live' && source(pictures[index - 1]) === 'slate',
    )
    expect(pictures[back]!.keyframe).toBe(true)
  })

  it('drops what piled up while it was frozen instead of falling behind or running ahead', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_000)
    simulation.frozen = true
    simulation.pass(6_000)
    simulation.frozen = false
    simulation.pass(6_000)
    expect(simulation.switches.map((change) => change.onAir)).toEqual(['live', 'slate', 'live'])
    expect(simulation.faults()).toEqual([])
    expect(Math.abs(simulation.leadMs)).toBeLessThanOrEqual(300)
    const skipped = simulation.out.get('360p')!.findIndex((sample) => label(sample) === `live0:${6 * 25}`)
    expect(skipped).toBe(-1)
  })

  it('is not taken for back because of the last it sent, which comes late', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_000)
    simulation.frozen = true
    simulation.pass(1_300)
    simulation.frozen = false
    simulation.pass(20)
    simulation.vanish()
    simulation.pass(2_000)
    expect(simulation.switches.map((change) => change.onAir)).toEqual(['live', 'slate'])
    expect(simulation.faults()).toEqual([])
  })

  it('survives a hundred losses of random length without one gap', () => {
    const simulation = new Simulation()
    let seed = 7
    const random = (most: number) => {
      seed = (seed * 48271) % 2147483647
      return (seed / 2147483647) * most
    }
    for (let loss = 0; loss < 100; loss++) {
      simulation.connect({ backlogMs: random(2_500), withAudio: random(1) < 0.9 })
      simulation.pass(random(6_000))
      if (random(1) < 0.5) simulation.disconnect()
      else simulation.vanish()
      simulation.pass(random(4_000))
      simulation.frozen = random(1) < 0.2
      simulation.pass(random(1_000))
      simulation.frozen = false
    }
    expect(simulation.faults()).toEqual([])
    expect(longestSilence(simulation)).toBeLessThanOrEqual(700)
    expect(worstAudioOffset(simulation)).toBeLessThanOrEqual(11)
  })
})

describe('pacing', () => {
  it('waits until a backlog is through, then starts with a keyframe near the present', () => {
    const simulation = new Simulation()
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.pass(1_000)
    simulation.connect({ backlogMs: 7_000 })
    simulation.pass(4_000)
    expect(simulation.faults()).toEqual([])
    const firstLive = simulation.out.get('360p')!.find((sample) => source(sample) === 'live')!
    expect(Number(label(firstLive).split(':')[1])).toBeGreaterThanOrEqual(3 * gopFrames)
  })

  it('never runs more than 0.3 s before the wall, however fast the source is', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(3_000)
    simulation.connect({ clockRate: 1.5 })
    for (let step = 0; step < 200; step++) {
      simulation.pass(50)
      expect(simulation.leadMs).toBeLessThanOrEqual(300 + 40 + 20)
    }
    expect(simulation.faults()).toEqual([])
  })

  it('follows a source whose clock is 200 ppm off for an hour without a break', () => {
    for (const clockRate of [1.0002, 0.9998]) {
      const simulation = new Simulation()
      simulation.connect({ clockRate })
      simulation.pass(3_600_000)
      expect(simulation.switches.map((change) => change.onAir)).toEqual(['live'])
      expect(simulation.faults()).toEqual([])
    }
  })

  it('does not make up for hours in which the machine was asleep', () => {
    const simulation = new Simulation()
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.pass(2_000)
    const before = simulation.out.get('360p')!.length
    simulation.nowMs += 7_200_000
    simulation.pass(1_000)
    expect(simulation.out.get('360p')!.length - before).toBeLessThan(60)
    expect(simulation.faults()).toEqual([])
  })

  it('plays the slate in real time, keyframe every two seconds, when there is no source at all', () => {
    const simulation = new Simulation()
    simulation.splicer.startSlate(simulation.nowMs)
    simulation.pass(20_000)
    expect(Math.abs(simulation.leadMs)).toBeLessThanOrEqual(80)
    const keyframes = simulation.out.get('360p')!.flatMap((sample) => (sample.keyframe ? [sample.dts] : []))
    expect(keyframes.slice(1).every((dts, index) => dts - keyframes[index]! === gopFrames * frameTicks)).toBe(true)
    expect(simulation.faults()).toEqual([])
  })
})

describe('sound', () => {
  it('is filled with silence when a source stops sending it and goes on with pictures', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(4_000)
    simulation.mute()
    simulation.pass(5_000)
    expect(simulation.switches.map((change) => change.onAir)).toEqual(['live'])
    const sound = simulation.out.get('audio')!.at(-1)!
    expect(source(sound)).toBe('silence')
    expect(simulation.nowMs - simulation.originMs! - sound.dts / 48).toBeLessThan(1_200)
    expect(simulation.faults()).toEqual([])
  })
})

describe('a run that begins beside the one on air', () => {
  it('takes its place at a keyframe of its own, without a slate, a gap or a picture that is missing', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_000)
    let tookOverAtMs = 0
    simulation.takeOver(() => {
      tookOverAtMs = simulation.nowMs
    })
    const beganAtMs = simulation.nowMs
    simulation.pass(4_000)
    expect(tookOverAtMs - beganAtMs).toBeLessThan(1_000)
    expect(simulation.switches.map(({ onAir }) => onAir)).toEqual(['live'])
    expect(simulation.faults()).toEqual([])
    for (const id of ['360p', '180p']) {
      const pictures = simulation.out.get(id)!
      const first = pictures.findIndex((sample) => run(sample) === 'live1')
      expect(pictures[first]!.keyframe).toBe(true)
      expect(pictures.slice(0, first).every((sample) => run(sample) === 'live0')).toBe(true)
      expect(pictures.slice(first).every((sample) => run(sample) === 'live1')).toBe(true)
    }
    expect(longestSilence(simulation)).toBeLessThanOrEqual(120)
    expect(worstAudioOffset(simulation)).toBeLessThanOrEqual(22)
  })

  it('is what follows the slate when the one on air stalls meanwhile', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(5_000)
    simulation.vanish()
    simulation.pass(500)
    simulation.takeOver()
    simulation.pass(3_000)
    expect(simulation.switches.map(({ onAir }) => onAir)).toEqual(['live', 'slate', 'live'])
    expect(simulation.faults()).toEqual([])
    expect(run(simulation.out.get('360p')!.at(-1))).toBe('live1')
  })
})

describe('frames whose duration FFmpeg stretched over a jump of the source', () => {
  it('go out as long as every other, and silence fills the jump', () => {
    const simulation = new Simulation()
    simulation.connect()
    simulation.pass(3_000)
    const last = simulation.out.get('audio')!.at(-1)!
    const runDts = 10 * 48_000 - 1024 + Number(label(last).split(':')[1]) * 1024
    const stretched = { ...last, dts: runDts + 1024, duration: 3 * 1024 }
    simulation.push('audio', stretched)
    simulation.push('audio', { ...last, dts: runDts + 4 * 1024 })
    const sounds = simulation.out.get('audio')!.slice(-4)
    expect(sounds.map((sample) => sample.duration)).toEqual([1024, 1024, 1024, 1024])
    expect(sounds.map(source)).toEqual(['sound', 'silence', 'silence', 'sound'])
    expect(simulation.faults()).toEqual([])
  })
})

describe('pictures that are sent out of display order (B-frames)', () => {
  it('are never cut between a picture and those shown before it', () => {
    const simulation = new Simulation({ bFrames: true })
    for (let round = 0; round < 12; round++) {
      simulation.connect()
      simulation.pass(2_000 + round * 110)
      if (round % 2) simulation.disconnect()
      else simulation.vanish()
      simulation.pass(1_500 + round * 70)
    }
    expect(simulation.faults()).toEqual([])
    const shown = simulation.out.get('360p')!.map((sample) => sample.dts + sample.compositionOffset)
    expect(new Set(shown).size).toBe(shown.length)
    const sorted = shown.toSorted((a, b) => a - b)
    expect(sorted.slice(1).every((pts, index) => pts - sorted[index]! === frameTicks)).toBe(true)
  })
})
