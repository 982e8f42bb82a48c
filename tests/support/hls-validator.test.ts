import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { initSegment } from '#worker/media/init-segment.ts'
import { Configurations } from '#worker/package/configurations.ts'
import { makePart } from '#worker/package/parts.ts'
import { parseMediaPlaylist } from './hls-validator/playlist.ts'
import { checkDelta, checkPlaylist, checkRenditions, checkSuccession } from './hls-validator/playlist-rules.ts'
import { type RuleId, rules, type Violation, violation } from './hls-validator/rules.ts'
import { SegmentChecks } from './hls-validator/segment-checks.ts'
import { validateHls } from './hls-validator.ts'
import { type Programme, syntheticProgramme } from './switching-feed.ts'

const good = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:10
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:2,
10.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z
#EXTINF:2,
11.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.000Z
#EXT-X-PART:DURATION=0.5,URI="12.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="12.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="12.2.m4s"
#EXT-X-PART:DURATION=0.3,URI="12.3.m4s"
#EXTINF:1.8,
12.m4s
#EXT-X-PART:DURATION=0.5,URI="13.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="13.1.m4s"
#EXT-X-RENDITION-REPORT:URI="b.m3u8",LAST-MSN=13,LAST-PART=0
`
const url = 'http://origin/a.m3u8'
const others = ['http://origin/b.m3u8']
/** Rules that a test here has seen fail; the last test compares them with the table. */
const seenToFail = new Set<RuleId>()

const rulesOf = (violations: readonly Violation[]): RuleId[] => {
  const found = [...new Set(violations.map(({ rule }) => rule))]
  for (const rule of found) seenToFail.add(rule)
  return found
}
const edited = (from: string | RegExp, to: string) => {
  const text = good.replace(from, to)
  expect(text).not.toBe(good)
  return parseMediaPlaylist(text)
}

describe('the rules of one playlist', () => {
  it('finds nothing wrong with a right one', () => {
    expect(checkPlaylist(parseMediaPlaylist(good), url, others)).toEqual([])
  })

  it.each<[RuleId, string | RegExp, string]>([
    ['part-max', 'DURATION=0.5,URI="13.0', 'DURATION=0.51,URI="13.0'],
    ['part-min', /0.5(,URI="12.1.m4s".*)0.3(,URI="12.3)/s, '0.4$10.4$2'],
    ['parts-sum', '#EXTINF:1.8', '#EXTINF:1.9'],
    ['part-hold-back', 'PART-HOLD-BACK=1.5', 'PART-HOLD-BACK=1.25'],
    ['hold-back', ',HOLD-BACK=6', ',HOLD-BACK=5.9'],
    ['skip-until', 'CAN-SKIP-UNTIL=12', 'CAN-SKIP-UNTIL=11'],
    ['blocking-offered', 'CAN-BLOCK-RELOAD=YES,', ''],
    ['segment-max', '#EXTINF:2,\n11', '#EXTINF:2.6,\n11'],
    ['date-present', /#EXT-X-PROGRAM-DATE-TIME.*\n/g, ''],
    ['one-hint', '#EXT-X-RENDITION', '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x"\n#EXT-X-RENDITION'],
    ['report-missing', /#EXT-X-RENDITION-REPORT.*\n/, ''],
    ['report-missing', 'URI="b.m3u8"', 'URI="http://origin/b.m3u8"'],
    ['report-incomplete', ',LAST-PART=0', ''],
  ])('finds %s', (rule, from, to) => {
    expect(rulesOf(checkPlaylist(edited(from, to), url, others))).toEqual([rule])
  })
})

describe('the rules between two playlists', () => {
  const later = good
    .replace('SEQUENCE:10', 'SEQUENCE:11')
    .replace(/#EXT-X-PROGRAM-DATE-TIME:.*00\.000Z\n#EXTINF:2,\n10.m4s\n/, '')

  it('allows segments to leave and parts to be added', () => {
    const after = good.replace('#EXT-X-PRELOAD', '#EXT-X-PART:DURATION=0.5,URI="13.1.m4s"\n#EXT-X-PRELOAD')
    expect(checkSuccession(parseMediaPlaylist(good), parseMediaPlaylist(after), url)).toEqual([])
  })

  it.each<[RuleId, string, string]>([
    ['target-constant', good.replace('DURATION:2', 'DURATION:3'), 'another target duration'],
    ['media-sequence-falls', good.replace('MEDIA-SEQUENCE:10', 'MEDIA-SEQUENCE:5'), 'a lower media sequence'],
    ['discontinuity-sequence-falls', good.replace('SEQUENCE:3', 'SEQUENCE:2'), 'a lower discontinuity sequence'],
    ['segment-changed', good.replace('\n11.m4s', '\n11b.m4s'), 'another URI'],
    ['segment-changed', good.replace('#EXTINF:2,\n11', '#EXT-X-MAP:URI="b.mp4"\n#EXTINF:2,\n11'), 'another map'],
    ['segment-changed', good.replace('0.5,URI="12.1', '0.49,URI="12.1'), 'another part'],
    ['list-too-short', later, 'less than three target durations'],
  ])('finds %s', (rule, after) => {
    expect(rulesOf(checkSuccession(parseMediaPlaylist(good), parseMediaPlaylist(after), url))).toContain(rule)
  })

  it.each<[RuleId, string | RegExp, string]>([
    ['target-equal', 'TARGETDURATION:2', 'TARGETDURATION:3'],
    ['control-equal', 'PART-HOLD-BACK=1.5', 'PART-HOLD-BACK=1.6'],
    ['discontinuities-aligned', '#EXT-X-DISCONTINUITY\n', ''],
  ])('finds %s between renditions', (rule, from, to) => {
    const pair = new Map([
      ['a', parseMediaPlaylist(good)],
      ['b', edited(from, to)],
    ])
    expect(rulesOf(checkRenditions(pair))).toEqual([rule])
  })

  it('finds a delta update that skips too much or does not fit', () => {
    const whole = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12\n#EXT-X-MEDIA-SEQUENCE:1\n`
    const segments = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `#EXTINF:2,\n${from + index}.m4s\n`).join('')
    const full = parseMediaPlaylist(whole + segments(1, 10))
    const delta = (text: string) => rulesOf(checkDelta(parseMediaPlaylist(text), full, url))
    expect(delta(`${whole}#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n${segments(5, 10)}`)).toEqual([])
    expect(delta(`${whole}#EXT-X-SKIP:SKIPPED-SEGMENTS=6\n${segments(7, 10)}`)).toEqual(['delta-wrong'])
    expect(delta(`${whole}#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n${segments(5, 11)}`)).toEqual(['delta-wrong'])
    expect(delta(whole + segments(1, 10))).toEqual(['delta-missing'])
  })

  it('finds a delta update that leaves out which of several maps holds', () => {
    const head = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12\n#EXT-X-MEDIA-SEQUENCE:1\n`
    const map = (uri: string) => `#EXT-X-MAP:URI="${uri}"\n`
    const segments = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `#EXTINF:2,\n${from + index}.m4s\n`).join('')
    const whole = head + map('a') + segments(1, 8) + map('b') + segments(9, 10)
    const delta = (first: string) =>
      `${head}#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n${first}${segments(5, 8)}${map('b')}${segments(9, 10)}`
    const check = (text: string) => rulesOf(checkDelta(parseMediaPlaylist(text), parseMediaPlaylist(whole), url))
    expect(check(delta(map('a')))).toEqual([])
    expect(check(delta(''))).toEqual(['delta-wrong'])
    expect(check(delta(map('b')))).toEqual(['delta-wrong'])
  })
})

describe('the rules of what is in segments', () => {
  const [a, b] = [syntheticProgramme({ mark: 1 }), syntheticProgramme({ mark: 2 })]
  const media = ({ video }: Programme, place = 0) => {
    const configuration = new Configurations(video.track).of(video.track, () => true)
    return Buffer.concat(makePart(configuration, 0, [video.samples[place]!], 1).buffers)
  }
  const switching = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-START:TIME-OFFSET=-1.9
#EXT-X-MAP:URI="a.mp4"
#EXTINF:2,
1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b.mp4"
#EXTINF:2,
2.m4s
`
  /** What is found of a rendition that goes from `a` to `b` so. */
  const found = (text: string, first: Buffer, second: Buffer) => {
    const violations: Violation[] = []
    const checks = new SegmentChecks((rule, detail) => violations.push(violation(rule, detail)))
    const playlist = parseMediaPlaylist(text)
    checks.see(playlist, url)
    checks.fetched('http://origin/1.m4s', first)
    checks.fetched('http://origin/2.m4s', second)
    for (const [name, { video }] of Object.entries({ a, b }))
      checks.fetched(`http://origin/${name}.mp4`, initSegment(video.track))
    checks.see(playlist, url)
    return rulesOf(violations)
  }

  it('finds nothing wrong with a right switch', () => {
    expect(found(switching, media(a), media(b))).toEqual([])
  })

  it.each<[RuleId[], string, Buffer, Buffer]>([
    [['map-wrong'], switching, media(a), media(a)],
    [['map-without-discontinuity'], switching.replace('#EXT-X-DISCONTINUITY\n', ''), media(a), media(b)],
    [['discontinuity-not-keyframe', 'start-not-keyframe'], switching, media(a), media(b, 1)],
  ])('finds %s', (rules, text, first, second) => {
    expect(found(text, first, second)).toEqual(rules)
  })
})

/** A small wrong origin: `answer` decides on each request. */
async function wrongOrigin(answer: (request: URL, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => answer(new URL(request.url ?? '', 'http://origin'), response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.m3u8`
}
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

const isPlaylist = (request: URL) => request.pathname.endsWith('.m3u8')
const oneSecond = good
  .replace('TARGETDURATION:2', 'TARGETDURATION:1')
  .replaceAll('#EXTINF:2', '#EXTINF:1')
  .replace('CAN-SKIP-UNTIL=12', 'CAN-SKIP-UNTIL=1')

describe.concurrent('the rules of what is served', () => {
  it('finds what an origin breaks that answers everything with one old playlist', async () => {
    const origin = await wrongOrigin((_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=500' }).end(oneSecond)
    })
    const { violations } = await validateHls(origin, { seconds: 3, jitterMs: 200 })
    expect(rulesOf(violations)).toEqual(
      expect.arrayContaining<RuleId>([
        ...(['blocking-ignored', 'part-late', 'segment-late', 'part-without-msn', 'msn-too-far'] as const),
        ...(['part-too-far', 'unknown-not-404', 'cache-plain', 'cache-blocking'] as const),
        ...(['delta-missing', 'cache-media'] as const),
      ]),
    )
  })

  it('finds what an origin breaks that blocks for ever and has no media', async () => {
    const origin = await wrongOrigin((request, response) => {
      if (!isPlaylist(request)) response.writeHead(404).end()
      else if (!request.searchParams.has('_HLS_msn')) response.end(oneSecond)
      else setTimeout(() => response.end(oneSecond), 3_600)
    })
    const { violations } = await validateHls(origin, { seconds: 2, jitterMs: 100 })
    expect(rulesOf(violations)).toEqual(
      expect.arrayContaining<RuleId>(['blocked-too-long', 'old-msn-blocked', 'past-end-part', 'media-missing']),
    )
  })

  it('finds what an origin breaks that sends halves of parts and forgets media at once', async () => {
    const startedAt = performance.now()
    const origin = await wrongOrigin((request, response) => {
      const now = 10 + Math.floor((performance.now() - startedAt) / 500)
      if (isPlaylist(request)) {
        response.end(oneSecond.replaceAll(/\b1([0-3])(?=\.|\n)/g, (_, digit) => String(now + Number(digit))))
      } else if (Number.parseInt(request.pathname.slice(1), 10) < now) {
        response.writeHead(404).end()
      } else {
        response.write('half')
        setTimeout(() => response.end('half'), 700)
      }
    })
    const { violations } = await validateHls(origin, { seconds: 3, jitterMs: 200 })
    expect(rulesOf(violations)).toEqual(expect.arrayContaining<RuleId>(['incomplete-part-sent', 'retention']))
  })

  it('finds that something is no playlist', async () => {
    const origin = await wrongOrigin((_, response) => response.end('hello'))
    const { violations } = await validateHls(origin, { seconds: 1 })
    expect(rulesOf(violations)).toContain('is-playlist')
  })
})

it('has seen every rule fail', () => {
  expect(Object.keys(rules).filter((rule) => !seenToFail.has(rule as RuleId))).toEqual([])
})
