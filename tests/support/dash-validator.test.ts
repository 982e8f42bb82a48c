import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { initSegment } from '#worker/media/init-segment.ts'
import { Configurations } from '#worker/package/configurations.ts'
import { makePart } from '#worker/package/parts.ts'
import { type DashRule, dashRules, validateDash } from './dash-validator.ts'
import { type Programme, syntheticProgramme } from './switching-feed.ts'

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})
const seenToFail = new Set<DashRule>()

/** The rules that an origin breaks which serves these manifests, one after the other, and this for anything else. */
async function brokenBy(
  manifests: readonly string[],
  media: { status: number; body: string | Buffer; init?: Buffer },
): Promise<DashRule[]> {
  let served = 0
  const server = createServer((request, response) => {
    if (request.url === '/time') return void response.end(new Date().toISOString())
    if (request.url === '/a/init.mp4') return void response.end(media.init)
    if (request.url !== '/manifest.mpd') return void response.writeHead(media.status).end(media.body)
    const text = manifests[Math.min(served, manifests.length - 1)]
    served += 1
    response.end(text)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { violations } = await validateDash(`http://127.0.0.1:${port}/manifest.mpd`, 0.8)
  for (const { rule } of violations) seenToFail.add(rule)
  return [...new Set(violations.map(({ rule }) => rule))]
}

const good = `<MPD type="dynamic" publishTime="2026-01-01T00:00:10Z" minimumUpdatePeriod="PT1S">
<ServiceDescription><Latency target="2000"/></ServiceDescription><Period><AdaptationSet>
<SegmentTemplate timescale="1" startNumber="5" media="$RepresentationID$/$Number$.m4s">
<SegmentTimeline><S t="10" d="2"/><S t="12" d="2"/></SegmentTimeline></SegmentTemplate><Representation id="a"/>
</AdaptationSet></Period><UTCTiming value="time"/></MPD>`
const media = { status: 200, body: 'media' }
const chunked = good.replace('timescale', 'availabilityTimeOffset="1" availabilityTimeComplete="false" timescale')

const codec = (name: string) => good.replace('<Representation ', `<Representation codecs="${name}" `)
const timed = good.replace('$Number$', '$Time$').replace(' startNumber="5"', '')

it('finds nothing wrong with a right manifest', async () => {
  expect(await brokenBy([good], media)).toEqual([])
  expect(await brokenBy([timed], media)).toEqual([])
})

it.concurrent.for<[DashRule, string[], { status: number; body: string }]>([
  ['is-manifest', ['hello'], media],
  ['update-period', [good.replace('PT1S', 'PT500S')], media],
  ['utc-timing', [good.replace('"time"', '"other"')], media],
  ['service-description', [good.replace('Latency', 'Other')], media],
  ['publish-time', [good, good.replace('00:10Z', '00:09Z')], media],
  ['timeline-gap', [good.replace('t="12"', 't="13"')], media],
  ['number-moved', [good, good.replace('startNumber="5"', 'startNumber="4"')], media],
  ['duration-changed', [good, good.replace('t="10" d="2"', 't="10" d="1"')], media],
  ['track-renamed', [codec('avc3.42c00d'), codec('avc3.4d401f')], media],
  ['duration-changed', [timed, timed.replace('t="10" d="2"', 't="10" d="1"')], media],
  ['availability-offset', [good.replace('timescale', 'availabilityTimeOffset="1" timescale')], media],
  ['media-missing', [good], { status: 404, body: '' }],
  ['open-not-chunked', [chunked, chunked.replace('<S t="12" d="2"/>', '<S t="12" d="2"/><S t="14" d="2"/>')], media],
])('finds %s', async ([rule, manifests, answer], { expect }) => {
  expect(await brokenBy(manifests, answer)).toContain(rule)
})

const [one, other] = [syntheticProgramme({ mark: 1 }), syntheticProgramme({ mark: 2 })]
const withInit = good.replace('media=', 'initialization="$RepresentationID$/init.mp4" media=')
const part = ({ video }: Programme, place = 0, track = video.track) => {
  const configuration = new Configurations(track).of(track, () => true)
  return Buffer.concat(makePart(configuration, 0, [video.samples[place]!], 1).buffers)
}

it('finds nothing wrong with media that is decoded with its init segment, or with what it bears itself', async () => {
  const { track } = one.video
  const answers = [
    { status: 200, body: part(one), init: initSegment(track) },
    { status: 200, body: part(other), init: initSegment(track, 'avc3') },
    { status: 200, body: Buffer.concat([initSegment(other.video.track), part(other)]), init: initSegment(track) },
  ]
  expect(await Promise.all(answers.map((answer) => brokenBy([withInit], answer)))).toEqual([[], [], []])
})

it.concurrent.for<[DashRule, Buffer, Buffer]>([
  ['segment-not-keyframe', part(one, 1), initSegment(one.video.track)],
  ['configuration-elsewhere', part(other), initSegment(one.video.track)],
  ['sets-not-inband', part(one, 0, { ...one.video.track, changing: false }), initSegment(one.video.track, 'avc3')],
])('finds %s in media', async ([rule, body, init], { expect }) => {
  expect(await brokenBy([withInit], { status: 200, body, init })).toEqual([rule])
})

it('has seen every rule fail', () => {
  expect(Object.keys(dashRules).filter((rule) => !seenToFail.has(rule as DashRule))).toEqual([])
})
