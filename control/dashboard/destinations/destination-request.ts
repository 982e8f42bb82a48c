import type * as v from 'valibot'
import type { createDestination, Destination, PatchDestination } from '#schema/contracts/destination.ts'
import type { DestinationProfile, OwnEncode } from '#schema/contracts/destination-profile.ts'
import type { PlatformId } from '#schema/contracts/platform.ts'
import { typedNumber } from '../typed-number.ts'

/** Body of a new destination, as the form gives it. Control checks it. */
export type NewDestination = v.InferInput<typeof createDestination>

/** What the list of servers says where the address is written by hand. */
export const otherServer = 'other'

/** The destination that the fields of the form describe. `usualName`: what it is called where nobody gave a name. */
export function newDestination(fields: FormData, usualName: string | null = null): NewDestination {
  return {
    platform: text(fields, 'platform') as PlatformId,
    url: addressOf(fields),
    ...secretsOf(fields),
    name: text(fields, 'name') || usualName,
    profile: profileOf(fields),
    ...rulesOf(fields),
    ...(text(fields, 'ca_pem') !== '' && { ca_pem: text(fields, 'ca_pem') }),
  }
}

/** What was typed of what is never shown again. */
function secretsOf(fields: FormData): Pick<NewDestination, 'stream_key' | 'srt_passphrase'> {
  const [key, passphrase] = [text(fields, 'stream_key'), text(fields, 'srt_passphrase')]
  return {
    ...(key !== '' && { stream_key: key }),
    ...(passphrase !== '' && isSrtAddress(addressOf(fields)) && { srt_passphrase: passphrase }),
  }
}

export const isSrtAddress = (url: string): boolean => /^srt:/i.test(url)

/** What the fields change of a destination: a secret that is left empty stays as it is. */
export function destinationChange(before: Destination, fields: FormData): PatchDestination {
  const wanted = newDestination(fields)
  const change = {
    ...{ url: wanted.url, name: wanted.name, profile: wanted.profile, ...rulesOf(fields) },
    ca_pem: text(fields, 'ca_pem') || null,
    // The field shows it to the minute.
    ...(text(fields, 'stop_at') === localTime(before.stop_at) && { stop_at: before.stop_at }),
  }
  const changed = Object.entries(change).filter(([field, value]) => !isEqual(value, before[field as keyof Destination]))
  return {
    ...(Object.fromEntries(changed) as PatchDestination),
    ...secretsOf(fields),
  }
}

/** Body of a check of the connection that the fields describe; of a destination that is there, with its secrets where none are typed. */
export function checkRequest(destination: Destination | null, fields: FormData) {
  const url = addressOf(fields)
  const ca_pem = text(fields, 'ca_pem')
  return {
    ...(destination ? { destination_id: destination.id } : { platform: text(fields, 'platform') as PlatformId }),
    ...(url !== '' && { url }),
    ...secretsOf(fields),
    ...(ca_pem !== '' && { ca_pem }),
  }
}

/** The address that it goes to. */
export function addressOf(fields: FormData): string {
  const server = text(fields, 'server')
  return server === '' || server === otherServer ? text(fields, 'url') : server
}

/** The quality that was chosen. What is left open of an own encode is left out: Weir chooses it. */
export function profileOf(fields: FormData): DestinationProfile {
  const quality = text(fields, 'quality')
  if (quality === 'rendition') return text(fields, 'rendition') || 'auto'
  return quality === 'own' ? ownEncodeOf(fields) : quality || 'auto'
}

function ownEncodeOf(fields: FormData): OwnEncode {
  const orientation = text(fields, 'own_orientation') as NonNullable<OwnEncode['orientation']> | ''
  return {
    height: Number(text(fields, 'own_height')) || 720,
    ...number(fields, 'own_fps', 'fps'),
    ...number(fields, 'own_video', 'video_bitrate_kbps'),
    ...number(fields, 'own_audio', 'audio_bitrate_kbps'),
    ...number(fields, 'own_keyframe', 'keyframe_interval_s'),
    ...(orientation && { orientation, framing: text(fields, 'own_framing') as NonNullable<OwnEncode['framing']> }),
  }
}

function number(fields: FormData, from: string, to: keyof OwnEncode): Partial<OwnEncode> {
  const value = typedNumber(fields.get(from))
  return value === null ? {} : { [to]: value }
}

/** When it begins and ends. */
function rulesOf(fields: FormData) {
  const hours = typedNumber(fields.get('max_hours'))
  return {
    start: text(fields, 'start') === 'manually' ? 'manually' : 'with_stream',
    stop_at: timeOf(text(fields, 'stop_at')),
    max_duration_s: typeof hours === 'number' ? Math.round(hours * 3_600) : hours,
    roll_over: fields.get('roll_over') !== null,
  } as const
}

/** A local date and time, as browsers give it, in RFC 3339. */
const timeOf = (local: string): string | null =>
  local === '' || Number.isNaN(Date.parse(local)) ? null : new Date(local).toISOString()

/** What a date and time field shows of it: the same moment by this machine's clock, to the minute. */
export function localTime(at: string | null): string {
  if (at === null) return ''
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const isEqual = (a: unknown, b: unknown): boolean =>
  typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
    ? [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => Reflect.get(a, key) === Reflect.get(b, key))
    : a === b

const text = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim()
