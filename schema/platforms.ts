import {
  type BitrateRung,
  type Figure,
  type Platform,
  type PlatformId,
  type PlatformLimits,
  platformIds,
} from './contracts/platform.ts'
import { facebook } from './platforms/facebook.ts'
import { instagram } from './platforms/instagram.ts'
import { kick } from './platforms/kick.ts'
import { linkedin } from './platforms/linkedin.ts'
import { custom, tutorial } from './platforms/own-server.ts'
import { tiktok } from './platforms/tiktok.ts'
import { twitch } from './platforms/twitch.ts'
import { x } from './platforms/x.ts'
import { youtube } from './platforms/youtube.ts'

const byId: Readonly<Record<PlatformId, Platform>> = {
  youtube,
  twitch,
  facebook,
  instagram,
  kick,
  linkedin,
  x,
  tiktok,
  tutorial,
  custom,
}

/** The catalogue, in the order in which people choose from it. */
export const platforms: readonly Platform[] = platformIds.map((id) => byId[id])

/** A platform by its id; undefined for an id that is none. */
export function platformOf(id: PlatformId): Platform
export function platformOf(id: string): Platform | undefined
export function platformOf(id: string): Platform | undefined {
  return platforms.find((platform) => platform.id === id)
}

/**
 * The address of one of a platform's servers; of its default one where none is named. null: the platform has no such
 * server, or none at all, and the destination must name its address.
 */
export function ingestUrl(platform: Platform, server: string | null = null): string | null {
  const chosen = server === null ? platform.servers[0] : platform.servers.find(({ id }) => id === server)
  return chosen?.url ?? null
}

/** The limits of a platform with the video bit rates that hold for one picture, kbit/s. */
export type PictureLimits = Omit<PlatformLimits, 'video_bitrates'> & {
  readonly recommended_video_bitrate_kbps: Figure<number> | null
}

/** What is to be sent. `height` counts the short side: 720 for 1280×720 and for 720×1280. */
export interface Picture {
  readonly height: number
  readonly fps: number
}

/**
 * What a platform takes of one picture. The maximum is that of the smallest listed picture that is no smaller and no slower
 * (or of the largest listed) or the one that holds at any size, whichever is lower. A minimum and a recommendation are given
 * only where this size is listed. Whether the picture itself is too large or too fast, `max_size` and `max_fps` say.
 */
export function limitsFor({ limits }: Platform, picture: Picture): PictureLimits {
  const { video_bitrates: listed, ...others } = limits
  const rung = listed && rungFor(listed.value, picture)
  const own = rung && isOwn(rung, picture) ? rung : null
  const stated = (kbps: number | null | undefined) =>
    listed && kbps != null ? { value: kbps, weight: listed.weight, source: listed.source } : null
  return {
    ...others,
    min_video_bitrate_kbps: stricter(stated(own?.min_kbps), limits.min_video_bitrate_kbps, Math.max),
    recommended_video_bitrate_kbps: stated(own?.recommended_kbps),
    max_video_bitrate_kbps: stricter(stated(rung?.max_kbps), limits.max_video_bitrate_kbps, Math.min),
  }
}

const rungFor = (rungs: readonly BitrateRung[], { height, fps }: Picture) =>
  rungs.find((rung) => rung.short_side >= height && rung.fps >= fps) ?? rungs.at(-1)

/** 25 frames per second are a kind of 30; 30 are not a kind of 60. */
const isOwn = (rung: BitrateRung, { height, fps }: Picture) => rung.short_side === height && fps > rung.fps / 2

function stricter(one: Figure<number> | null, other: Figure<number> | null, pick: (a: number, b: number) => number) {
  if (!one || !other) return one ?? other
  return pick(one.value, other.value) === one.value ? one : other
}
