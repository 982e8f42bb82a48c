import { describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { SessionPlan } from '#worker/session-plan.ts'
import { bothTracks, jobOf } from './agent/registry-under-test.ts'

describe('the plan of a session', () => {
  const planned = (first: Partial<Job> = {}) => {
    let job = jobOf(first)
    const plan = new SessionPlan(
      () => job,
      () => 4,
    )
    const configure = (change: Partial<Job>) => {
      job = { ...job, ...change }
    }
    return { plan, configure }
  }

  it('stays as it began, and says what has been configured since and waits for the next broadcast', () => {
    const { plan, configure } = planned({ ladder: { preset: 'auto' } })
    expect(plan.issues).toEqual([])
    const { renditions } = plan.for(bothTracks).plans[0]
    configure({ ladder: { preset: 'custom', renditions: [{ height: 240 }] }, latency_mode: 'low_latency' })
    expect(plan.for(bothTracks).plans[0].renditions).toEqual(renditions)
    expect(plan.issues).toMatchObject([
      { code: 'change_waits', detail: expect.stringMatching(/^The latency mode and the ladder that you chose/) },
    ])
    configure({ ladder: { preset: 'auto' }, latency_mode: 'tutorial' })
    expect(plan.issues).toEqual([])
  })

  it('takes a change of the loudness with the next run, and says so until then', () => {
    const { plan, configure } = planned()
    plan.for(bothTracks)
    configure({ audio: { normalize: true } })
    expect(plan.issues).toMatchObject([{ code: 'change_waits', detail: expect.stringContaining('loudness') }])
    expect(plan.for(bothTracks).plans[0].normalizesAudio).toBe(true)
    expect(plan.issues).toEqual([])
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
