import { get } from './hls-validator/http.ts'
import { parseMultivariant } from './hls-validator/playlist.ts'
import { checkRenditions } from './hls-validator/playlist-rules.ts'
import { probe, probeDelta } from './hls-validator/probes.ts'
import { RenditionFollower, type Seen } from './hls-validator/rendition.ts'
import { type Violation, violation } from './hls-validator/rules.ts'

export interface ValidatorOptions {
  readonly seconds: number
  /** Lateness that is the network's or the machine's, not the origin's, milliseconds. */
  readonly jitterMs?: number
}

export interface ValidatorReport {
  readonly violations: readonly Violation[]
  /** How much was looked at, all renditions together. */
  readonly seen: Seen
}

/**
 * Follows every rendition of a live HLS stream for a time, over HTTP alone, and reports which rules of rfc8216bis it
 * breaks (`hls-validator/rules.ts`). `url` is a multivariant or a media playlist of any origin.
 */
export async function validateHls(url: string, options: ValidatorOptions): Promise<ValidatorReport> {
  const { seconds, jitterMs = 300 } = options
  const first = await get(url)
  if (first.status !== 200) return report([], [violation('is-playlist', `status ${first.status} for ${url}`)])
  const multivariant = parseMultivariant(first.body.toString())
  const names = multivariant === null ? [url] : [...multivariant.variants, ...multivariant.audio].map(({ uri }) => uri)
  const urls = [...new Set(names.map((name) => new URL(name, url).href))]
  const followers = urls.map((each) => {
    const others = urls.filter((other) => other !== each)
    return new RenditionFollower(each, others, jitterMs)
  })
  const deadline = performance.now() + seconds * 1000
  const between: Violation[] = []
  const compare = () =>
    between.push(
      ...checkRenditions(new Map(followers.flatMap(({ url, current }) => (current === null ? [] : [[url, current]])))),
    )
  const comparing = setInterval(compare, 500)
  const [probed] = await Promise.all([probeAll(urls, deadline), ...followers.map((each) => each.follow(deadline))])
  clearInterval(comparing)
  compare()
  return report(followers, [...followers.flatMap(({ found }) => found), ...between, ...probed])
}

/** Probes at the start, and delta updates again toward the end, when the list has grown. */
async function probeAll(urls: readonly string[], deadline: number): Promise<Violation[]> {
  const early = await Promise.all(urls.map(probe))
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - performance.now() - 1_000)))
  const late = await Promise.all(urls.map(probeDelta))
  return [...early, ...late].flat()
}

/** Each broken rule once per wording, so that a long run stays readable. */
function report(followers: readonly RenditionFollower[], violations: readonly Violation[]): ValidatorReport {
  const seen: Seen = { playlists: 0, parts: 0, segments: 0, hints: 0, retained: 0 }
  for (const follower of followers)
    for (const key of Object.keys(seen) as (keyof Seen)[]) seen[key] += follower.seen[key]
  const unique = new Map(violations.map((each) => [`${each.rule} ${each.detail}`, each]))
  return { violations: [...unique.values()], seen }
}

if (import.meta.main) {
  const [url, seconds = '60'] = process.argv.slice(2)
  if (url === undefined) throw new Error('Usage: node tests/support/hls-validator.ts <url of a playlist> [seconds]')
  const { violations, seen } = await validateHls(url, { seconds: Number(seconds) })
  console.log(
    `Looked at ${Object.entries(seen)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}.`,
  )
  for (const { rule, clause, detail } of violations) console.log(`✗ ${rule} (${clause}): ${detail}`)
  console.log(violations.length === 0 ? 'No rule is broken.' : `${violations.length} violations.`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
