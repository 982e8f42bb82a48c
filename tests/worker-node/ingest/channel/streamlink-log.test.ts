import { describe, expect, it } from 'vitest'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { readStreamlinkLine, redactStreamlink, type StreamlinkEvent } from '#worker/ingest/channel/streamlink-log.ts'

const refusedAddress =
  'https://usher.ttvnw.net/api/channel/hls/teacher.m3u8?player=twitchweb&sig=0123456789abcdef&token=%7B%22adblock%22%3Afalse'

type Line = readonly [string, StreamlinkEvent]
/** Lines of streamlink 5.2.1 and 8.6.3, as they wrote them. */
const lines: readonly [Line, ...Line[]] = [
  ['[cli][info] Found matching plugin twitch for URL https://www.twitch.tv/x', { kind: 'plugin', name: 'twitch' }],
  ['[plugins.twitch][debug] Getting live HLS streams for teacher', { kind: 'asks' }],
  [
    "[plugins.twitch][debug] {'adblock': False, 'geoblock_reason': '', 'hide_ads': False, 'server_ads': True, 'show_ads': True}",
    { kind: 'known', isBlocked: false },
  ],
  ["[plugins.twitch][debug] {'adblock': False, 'geoblock_reason': 'COUNTRY'}", { kind: 'known', isBlocked: true }],
  ['[cli][info] Waiting for streams, retrying every 2.0 second(s)', { kind: 'waits' }],
  [
    '[cli][info] Available streams: audio_only, 480p30 (worst), 1080p60 (best)',
    { kind: 'qualities', names: ['audio_only', '480p30', 'worst', '1080p60', 'best'] },
  ],
  [
    "[plugins.twitch][warning] The quality '1080p60' is not available since it requires a subscription.",
    { kind: 'subscribers_only', quality: '1080p60' },
  ],
  ['[cli][info] Opening stream: 1080p60 (hls)', { kind: 'opens', quality: '1080p60' }],
  ['[plugins.twitch][info] Waiting for pre-roll ads to finish, be patient', { kind: 'ads_begin' }],
  ['[stream.hls][info] Filtering out segments and pausing stream output', { kind: 'ads_begin' }],
  ['[stream.hls][debug] Discarding segment 8', { kind: 'ad' }],
  ['[stream.hls][info] Resuming stream output', { kind: 'ads_end' }],
  [
    '[plugins.twitch][error] Unauthorized: The "Authorization" token is invalid.',
    { kind: 'error', text: 'Unauthorized: The "Authorization" token is invalid.' },
  ],
  [
    `[cli][error] Unable to open URL: ${refusedAddress}`,
    { kind: 'error', text: `Unable to open URL: ${refusedAddress}` },
  ],
  [
    'error: Error when reading from stream: Read timeout, exiting',
    { kind: 'error', text: 'Error when reading from stream: Read timeout, exiting' },
  ],
  ['streamlink: error: unrecognized arguments: --x', { kind: 'error', text: 'unrecognized arguments: --x' }],
  ['requests.exceptions.ProxyError: no', { kind: 'error', text: 'no' }],
]

describe('reading the log of streamlink', () => {
  it.each(lines)('%s', (line, event) => {
    expect(readStreamlinkLine(line)).toEqual(event)
  })

  it.each([
    '',
    "[cli][debug]  --twitch-api-header=[('Authorization', 'OAuth s3cret')]",
    '[stream.hls][debug] Reloading playlist',
    '[stream.hls][debug] Segment 2 complete',
    '[cli][info] Stream ended',
    'Traceback (most recent call last):',
  ])('%j tells nothing', (line) => {
    expect(readStreamlinkLine(line)).toBeNull()
  })

  it('survives whatever comes', () => {
    const random = new SeededRandom(5)
    for (let round = 0; round < 2_000; round++) {
      const line = mutate(Buffer.from(random.pick(lines)[0]), random).toString('utf8')
      const event = readStreamlinkLine(line)
      if (event?.kind === 'error') expect(redactStreamlink(event.text, 's3cret').length).toBeLessThanOrEqual(300)
    }
  })
})

describe('the words of streamlink', () => {
  it.each([
    [
      `Unable to open URL: ${refusedAddress} (403 Client Error: Forbidden for url: ${refusedAddress})`,
      '403 Client Error',
    ],
    [
      "HTTPSConnectionPool(host='a.b', port=443): Max retries exceeded with url: /x?token=abc&sig=def (Caused by",
      'Max',
    ],
    ["{'Authorization': 'OAuth s3cret'}", 'Authorization'],
    ['token=abc sig: def signature "x"', 'token'],
    ['Authorization: Bearer abc.def', 'Authorization'],
  ])('%s are told without addresses and tokens', (text, kept) => {
    const told = redactStreamlink(text, 's3cret')
    expect(told).toContain(kept)
    for (const secret of ['s3cret', '0123456789abcdef', 'adblock', 'abc', 'def', 'ttvnw'])
      expect(told, `${secret} in ${told}`).not.toContain(secret)
  })
})
