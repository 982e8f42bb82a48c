import { describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import type { EncoderRoom } from '#schema/plan/encoder-choice.ts'
import { makesTheSame, SessionPlan } from '#worker/session/plan.ts'
import { feedKey, plannedTracks } from '#worker/transcode/outputs.ts'
import { bothTracks, jobDestination, jobOf } from '../agent/registry-under-test.ts'

describe('the plan of a session', () => {
  const planned = (first: Partial<Job> = {}, hardware: EncoderRoom[] = []) => {
    let job = jobOf(first)
    const plan = new SessionPlan(
      () => job,
      () => [...hardware, { name: 'software', encodeUnits: 4 }],
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

  it('makes nothing for a destination that is paused', () => {
    const own = { ...jobDestination(''), profile: { height: 120, video_bitrate_kbps: 100 } }
    const { plan, configure } = planned({ destinations: [own] })
    expect(plan.for(bothTracks).plans).toHaveLength(2)
    configure({ destinations: [{ ...own, enabled: false }] })
    expect(plan.for(bothTracks).plans).toHaveLength(1)
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

  it('says of a destination that it gets nothing where its platform takes none of what the machine can make', () => {
    const upright = { ...bothTracks, video: { ...bothTracks.video!, width: 720, height: 1280 } }
    const linkedin = { ...jobDestination(''), platform: 'linkedin' }
    const on = (encodeUnits: number) => {
      const plan = new SessionPlan(
        () => jobOf({ destinations: [linkedin] }),
        () => [{ name: 'software', encodeUnits }],
      )
      plan.for(upright)
      return plan
    }
    const refusal = expect.stringMatching(/^LinkedIn takes landscape pictures only\./)
    expect(on(0.14).destinations).toMatchObject([{ refusal }])
    expect(on(0.14).issues).toMatchObject([{ code: 'destination_not_taken', severity: 'error', detail: refusal }])
    expect(on(4).issues).toEqual([])
    expect(on(4).destinations[0]!.adjustments).toMatchObject([{ field: 'orientation', given: 'landscape' }])
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

  const nvenc: EncoderRoom = { name: 'h264_nvenc', encodeUnits: 10 }
  const codes = (plan: SessionPlan) => plan.issues.map(({ code }) => code)

  it('goes over to software where its hardware fails: the same feeds, on the same tracks', () => {
    const own = { ...jobDestination(''), profile: { height: 120, video_bitrate_kbps: 100 } }
    const { plan, configure } = planned({ encoder: 'auto', destinations: [own] }, [nvenc])
    const before = plan.for(bothTracks)
    plan.wentOnAir(before)
    expect([before.encoder, ...before.plans.map(({ encoder }) => encoder)]).toEqual(Array(3).fill('h264_nvenc'))
    expect(plan.encoderFailed('h264_nvenc')).toMatchObject({ code: 'encoder_fell_back', severity: 'warning' })
    const after = plan.for(bothTracks)
    expect(after.plans).toEqual(before.plans.map(({ encoder: _, ...rest }) => rest))
    expect([after.encoder, makesTheSame(before, after), codes(plan)]).toEqual([
      'software',
      false,
      ['encoder_fell_back'],
    ])
    // The other input's run fails as well: that is known.
    expect(plan.encoderFailed('h264_nvenc')).toBeUndefined()
    configure({ destinations: [] })
    expect(plan.for(bothTracks)).toMatchObject({ encoder: 'software', plans: [after.plans[0]] })
    configure({ ladder: { preset: 'custom', renditions: [{ height: 120 }] } })
    expect([plan.for(bothTracks).encoder, codes(plan)]).toEqual(['h264_nvenc', []])
  })

  it('stays with hardware that fails where software may not be, until that is allowed', () => {
    const { plan, configure } = planned({ encoder: 'h264_nvenc', no_software_fallback: true }, [nvenc])
    const first = plan.for(bothTracks)
    expect(plan.encoderFailed('h264_nvenc')).toMatchObject({ code: 'encoder_failed_no_fallback', severity: 'error' })
    expect([plan.encoderFailed('h264_nvenc'), makesTheSame(plan.for(bothTracks), first)]).toEqual([undefined, true])
    plan.wentOnAir(first)
    expect(codes(plan)).toEqual([])
    plan.encoderFailed('h264_nvenc')
    configure({ no_software_fallback: false })
    expect([plan.for(bothTracks).encoder, codes(plan)]).toEqual(['software', ['encoder_fell_back']])
  })

  it('leaves hardware that fails, and software may not replace, as soon as another choice is made', () => {
    const { plan, configure } = planned({ encoder: 'h264_nvenc', no_software_fallback: true }, [nvenc])
    plan.for(bothTracks)
    plan.encoderFailed('h264_nvenc')
    configure({ ladder: { preset: 'custom', renditions: [{ height: 120 }] } })
    expect(plan.for(bothTracks).encoder).toBe('h264_nvenc')
    configure({ encoder: 'software' })
    expect([plan.for(bothTracks).encoder, codes(plan)]).toEqual(['software', []])
  })

  it('says so where the worker has not what is named', () => {
    const { plan } = planned({ encoder: 'h264_qsv' }, [nvenc])
    expect([plan.for(bothTracks).encoder, codes(plan)]).toEqual(['software', ['encoder_not_there']])
  })

  it('makes a small source as large as it is to be upscaled', () => {
    const { plan, configure } = planned({ ladder: { preset: 'auto' }, upscale: 'lanczos', upscale_height: 240 })
    const made = () =>
      plan.for(bothTracks).plans[0].renditions.map(({ id, upscaler }) => `${id} ${upscaler ?? 'plain'}`)
    expect(made()).toEqual(['240p lanczos'])
    configure({ upscale: 'off' })
    expect(made()).toEqual(['180p plain'])
  })
})
