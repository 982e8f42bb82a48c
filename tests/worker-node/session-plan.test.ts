import { describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { makesTheSame, SessionPlan } from '#worker/session-plan.ts'
import { feedKey, plannedTracks } from '#worker/transcode/outputs.ts'
import { bothTracks, jobDestination, jobOf } from './agent/registry-under-test.ts'

describe('the plan of a session', () => {
  const planned = (first: Partial<Job> = {}) => {
    let job = jobOf(first)
    const plan = new SessionPlan(
      () => job,
      () => [{ name: 'software', encodeUnits: 4 }],
    )
    const configure = (change: Partial<Job>) => {
      job = { ...job, ...change }
    }
    return { plan, configure }
  }

  it('stays as it began while nothing else is wanted, whatever source comes', () => {
    const { plan } = planned({ ladder: { preset: 'auto' } })
    const first = plan.for(bothTracks)
    const smaller = { ...bothTracks, video: { ...bothTracks.video!, width: 160, height: 90 } }
    expect(makesTheSame(plan.for(smaller), first)).toBe(true)
    expect(plan.for(null)).toEqual(first)
  })

  it.each<[string, Partial<Job>]>([
    ['ladder', { ladder: { preset: 'custom', renditions: [{ height: 120 }] } }],
    ['latency mode', { latency_mode: 'low_latency' }],
    ['encoder preset', { encoder_preset: 'superfast' }],
    ['lengths of segments', { packaging: { part_s: null, segment_s: 8, window_segments: null } }],
  ])('makes another edition for viewers, and only for them, when the %s is another', (_, change) => {
    const own = { ...jobDestination(''), profile: { height: 120, video_bitrate_kbps: 100 } }
    const { plan, configure } = planned({ destinations: [own] })
    const before = plan.for(bothTracks)
    configure(change)
    const after = plan.for(bothTracks)
    expect(makesTheSame(before, after)).toBe(false)
    expect([before.plans[0].edition, after.plans[0].edition]).toEqual([undefined, 2])
    expect(plannedTracks(after.plans[0])[0].id).toBe('viewers-2/audio')
    expect(after.plans[1]!.feedId).toBe(before.plans[1]!.feedId)
    configure({ ...change, name: 'Lecture 2' })
    expect(makesTheSame(plan.for(bothTracks), after)).toBe(true)
  })

  it('takes a change of the loudness with another run that makes the same feeds', () => {
    const { plan, configure } = planned()
    const before = plan.for(bothTracks)
    configure({ audio: { normalize: true } })
    const after = plan.for(bothTracks)
    expect([before.plans[0].normalizesAudio, after.plans[0].normalizesAudio]).toEqual([false, true])
    expect(makesTheSame(before, after)).toBe(false)
    expect(feedKey(after.plans[0])).toBe(feedKey(before.plans[0]))
  })

  it('of an always-on stream whose source is to go out untouched waits for that source', () => {
    const { plan } = planned({ always_on: true, ladder: { preset: 'source' } })
    expect(plan.for(null).plans[0].renditions).toMatchObject([{ id: 'source' }])
    const source = { ...bothTracks, video: { ...bothTracks.video!, codec: 'h264', profile: 'High' } }
    const untouched = plan.for(source)
    expect([untouched.plans[0].passthrough?.copiesVideo, plan.passesThrough]).toEqual([true, false])
    plan.wentOnAir(untouched)
    expect([plan.passesThrough, plan.issues]).toEqual([true, []])
  })
})
