import { describe, expect, it } from 'vitest'
import {
  addressOf,
  destinationChange,
  localTime,
  newDestination,
  profileOf,
} from '#control/dashboard/destinations/destination-request.ts'
import type { Destination } from '#schema/contracts/destination.ts'

const form = (entries: Record<string, string>): FormData => {
  const fields = new FormData()
  for (const [name, value] of Object.entries(entries)) fields.set(name, value)
  return fields
}
const usualRules = { start: 'with_stream', stop_at: null, max_duration_s: null, roll_over: false }

describe('a new destination', () => {
  it('is a platform and a key, and nothing else that somebody had to know', () => {
    const fields = form({
      ...{ platform: 'twitch', server: 'rtmps://near.example/app', url: '', stream_key: ' live_1 ', name: '' },
      quality: 'auto',
    })
    expect(newDestination(fields, 'Twitch')).toEqual({
      ...{ platform: 'twitch', url: 'rtmps://near.example/app', stream_key: 'live_1', name: 'Twitch', profile: 'auto' },
      ...usualRules,
    })
  })

  it('goes to the address that was written, where the list has none or another one is wanted', () => {
    expect(addressOf(form({ url: ' rtmp://hall/app ' }))).toBe('rtmp://hall/app')
    expect(addressOf(form({ server: 'other', url: 'rtmp://hall/app' }))).toBe('rtmp://hall/app')
  })

  it('sends a passphrase with SRT alone, and a key only where there is one', () => {
    const typed = { platform: 'custom', stream_key: '', srt_passphrase: 'long enough' }
    expect(newDestination(form({ ...typed, url: 'srt://hall:9000' }))).toMatchObject({ srt_passphrase: 'long enough' })
    const byRtmp = newDestination(form({ ...typed, url: 'rtmp://hall/app' }))
    expect(byRtmp).not.toHaveProperty('srt_passphrase')
    expect(byRtmp).not.toHaveProperty('stream_key')
  })

  it('keeps its rules: hours become seconds, and a local time one that all clocks agree on', () => {
    const { stop_at, ...rules } = newDestination(
      form({ start: 'manually', stop_at: '2027-01-31T18:00', max_hours: '1,5', roll_over: 'on' }),
    )
    expect(rules).toMatchObject({ start: 'manually', max_duration_s: 5_400, roll_over: true })
    expect(Date.parse(stop_at!)).toBe(new Date(2027, 0, 31, 18).getTime())
    expect(localTime(stop_at!)).toBe('2027-01-31T18:00')
    expect(localTime(null)).toBe('')
  })

  it('gives control what is no number, to be refused at its field', () => {
    expect(newDestination(form({ max_hours: 'long' })).max_duration_s).toBe('long')
  })
})

describe('a quality', () => {
  it.each([
    [{}, 'auto'],
    [{ quality: 'source' }, 'source'],
    [{ quality: 'rendition', rendition: '480p', own_height: '1080' }, '480p'],
    [{ quality: 'own', own_height: '1080', own_orientation: '' }, { height: 1080 }],
    [
      { quality: 'own', own_height: '720', own_fps: '30', own_video: '3000', own_audio: '96', own_keyframe: '2' },
      { height: 720, fps: 30, video_bitrate_kbps: 3_000, audio_bitrate_kbps: 96, keyframe_interval_s: 2 },
    ],
    [
      { quality: 'own', own_height: '720', own_orientation: 'vertical', own_framing: 'crop' },
      { height: 720, orientation: 'vertical', framing: 'crop' },
    ],
  ])('of %j is %j', (fields, profile) => {
    expect(profileOf(form(fields as Record<string, string>))).toEqual(profile)
  })
})

describe('a change', () => {
  const before = {
    ...{ url: 'rtmp://hall/app', name: 'Hall', profile: { height: 720, fps: 30 }, ca_pem: null },
    ...usualRules,
  } as Destination
  const same = { url: 'rtmp://hall/app', name: 'Hall', quality: 'own', own_height: '720', own_fps: '30' }

  it('holds what is other now, and never a secret that was left empty', () => {
    expect(destinationChange(before, form({ ...same, stream_key: '', srt_passphrase: '' }))).toEqual({})
    expect(destinationChange(before, form({ ...same, own_fps: '25', stream_key: 'new' }))).toEqual({
      profile: { height: 720, fps: 25 },
      stream_key: 'new',
    })
  })

  it('can take a name and a rule away', () => {
    const named = { ...before, max_duration_s: 3_600 }
    expect(destinationChange(named, form({ ...same, name: '' }))).toEqual({ name: null, max_duration_s: null })
  })

  it('leaves a time alone that the field shows to the minute only', () => {
    const timed = { ...before, stop_at: '2027-01-31T18:00:30.000Z' }
    expect(destinationChange(timed, form({ ...same, stop_at: localTime(timed.stop_at) }))).toEqual({})
  })
})
