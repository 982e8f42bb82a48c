import { get, withDirectives } from './http.ts'
import { holdsPosition, type ParsedPlaylist, parseMediaPlaylist } from './playlist.ts'
import { checkDelta } from './playlist-rules.ts'
import { type RuleId, type Violation, violation } from './rules.ts'

/** Answers that must not block have this long. */
const atOnceMs = 1_000

/** Asks a live rendition what no well-behaved player asks, and checks the answers. Takes about a segment's time. */
export async function probe(url: string): Promise<Violation[]> {
  const found: Violation[] = []
  const broken = (rule: RuleId, detail: string) => found.push(violation(rule, `${detail} in ${url}`))
  const playlist = await load(url)
  if (playlist === null || playlist.ended) return found
  await Promise.all([
    ...(playlist.serverControl['CAN-BLOCK-RELOAD'] === 'YES' ? [probeBlocking(url, playlist, broken)] : []),
    probeUnknown(url, playlist, broken),
    probeDelta(url).then((wrong) => found.push(...wrong)),
  ])
  return found
}

/** Asks for a delta update and for the whole playlist, and compares. */
export async function probeDelta(url: string): Promise<Violation[]> {
  const [whole, delta] = [await load(url), await load(withDirectives(url, { skip: true }))]
  if (whole === null || delta === null || delta.ended || whole.serverControl['CAN-SKIP-UNTIL'] === undefined) return []
  return checkDelta(delta, whole, url)
}

type Broken = (rule: RuleId, detail: string) => void

async function load(url: string): Promise<ParsedPlaylist | null> {
  const { status, body } = await get(url)
  return status === 200 && body.subarray(0, 7).toString() === '#EXTM3U' ? parseMediaPlaylist(body.toString()) : null
}

async function probeBlocking(url: string, playlist: ParsedPlaylist, broken: Broken): Promise<void> {
  const lastComplete = playlist.segments.findLast(({ uri }) => uri !== null)
  if (lastComplete === undefined) return
  const expectStatus = async (rule: RuleId, expected: number, directives: { msn?: number; part?: number }) => {
    const { status } = await get(withDirectives(url, directives), atOnceMs)
    if (status !== expected) broken(rule, `status ${status} for ${JSON.stringify(directives)}`)
  }
  const { sequence, parts } = lastComplete
  await Promise.all([
    // One segment may become complete in between: 4 past the last is too far for certain.
    expectStatus('msn-too-far', 400, { msn: sequence + 4 }),
    expectStatus('old-msn-blocked', 200, { msn: playlist.mediaSequence }),
    ...(playlist.partTarget === null
      ? []
      : [
          expectStatus('part-without-msn', 400, { part: 0 }),
          expectStatus('part-too-far', 400, { msn: sequence + 2, part: 1_000 }),
          probePastEnd(url, playlist, sequence, parts.length, broken),
        ]),
  ])
}

async function probePastEnd(url: string, playlist: ParsedPlaylist, msn: number, parts: number, broken: Broken) {
  const answer = await get(withDirectives(url, { msn, part: parts + 1 }), 3000 * (playlist.targetDuration ?? 1))
  const now = answer.status === 200 ? parseMediaPlaylist(answer.body.toString()) : null
  if (now === null || !(now.ended || holdsPosition(now, msn + 1, 0)))
    broken('past-end-part', `status ${answer.status} for part ${parts + 1} of segment ${msn}, which has ${parts}`)
}

/** A name like the newest media's, far in the future. */
async function probeUnknown(url: string, playlist: ParsedPlaylist, broken: Broken): Promise<void> {
  const last = playlist.segments.at(-1)
  const known = playlist.hints[0]?.URI ?? last?.parts.at(-1)?.uri ?? last?.uri
  if (!known) return
  const unknown = known.replace(/\d+(?=\D*$)/, (digits) => String(Number(digits) + 5_000))
  const nowhere = unknown.replace(/(\d+)(\D+)(?=\d+\D*$)/, (_, digits, rest) => `${Number(digits) + 50}${rest}`)
  for (const name of [unknown, nowhere]) {
    const { status } = await get(new URL(name, url).href, atOnceMs)
    if (status !== 404) broken('unknown-not-404', `status ${status} for ${name}`)
  }
}
