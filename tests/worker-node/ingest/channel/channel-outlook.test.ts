import { describe, expect, it } from 'vitest'
import { blankOutlook, live, lookAt, notLive, qualityIssue } from '#worker/ingest/channel/channel-outlook.ts'
import { channelProblems } from '#worker/ingest/channel/channel-problem.ts'
import type { StreamlinkEvent } from '#worker/ingest/channel/streamlink-log.ts'

const outlook = (...events: StreamlinkEvent[]) =>
  events.reduce((look, event) => lookAt(look, event, 's3cret'), blankOutlook)
const twitch: StreamlinkEvent = { kind: 'plugin', name: 'twitch' }
const known: StreamlinkEvent = { kind: 'known', isBlocked: false }
const asks: StreamlinkEvent = { kind: 'asks' }
const error = (text: string): StreamlinkEvent => ({ kind: 'error', text })

describe('what is said of a channel that is not live', () => {
  it.each([
    ['403 Client Error: Forbidden for url: https://x', 'channel_refused'],
    ['Unauthorized: The "Authorization" token is invalid.', 'channel_token_refused'],
    ['Unable to open URL: x (500 Server Error: oops)', 'channel_site_failing'],
    [
      "Unable to open URL: x (HTTPSConnectionPool(host='gql.twitch.tv', port=443): Max retries exceeded)",
      'channel_unreachable',
    ],
    ['No plugin can handle URL: https://x', 'channel_site_unknown'],
    ['Could not open stream <HLSStream>, tried 1 times, exiting', 'channel_stalled'],
  ])('%s', (text, code) => {
    expect(notLive(outlook(twitch, asks, error(text)), null)).toMatchObject({ state: 'failed', issue: { code } })
  })

  it('is what streamlink said, without secrets, where that is new to us', () => {
    const { detail, issue } = notLive(outlook(twitch, error('a surprise with s3cret at https://a.b/c?token=d')), null)
    expect(issue).toMatchObject({ code: 'channel_failed' })
    expect(detail).toBe('Streamlink failed: a surprise with ••• at https://•••. It is tried again by itself.')
  })

  it('is forgotten with the next try', () => {
    expect(notLive(outlook(twitch, error('403 Client Error'), asks, known), null).issue).toBeNull()
    expect(notLive(outlook(twitch, asks, known, asks), null).issue?.code).toBe('channel_unknown')
  })

  it('names the reason that the site gave rather than its refusal', () => {
    const look = outlook(twitch, asks, { kind: 'known', isBlocked: true }, error('403 Client Error'))
    expect(notLive(look, null).issue?.code).toBe('channel_blocked')
  })

  it('of a site that does not tell is both: offline, or not there', () => {
    expect(notLive(outlook({ kind: 'plugin', name: 'kick' }), null)).toMatchObject({
      state: 'waiting',
      detail: expect.stringContaining('offline, or there is none'),
    })
    expect(notLive(outlook({ kind: 'plugin', name: 'kick' }), channelProblems.unreachable).issue?.code).toBe(
      'channel_unreachable',
    )
  })
})

describe('what is said of a channel that is live', () => {
  const opened: StreamlinkEvent[] = [
    { kind: 'qualities', names: ['audio_only', '480p', 'worst', '720p60', 'best'] },
    { kind: 'opens', quality: '720p60' },
  ]

  it('names an ad break while it lasts', () => {
    expect(live(outlook(...opened, { kind: 'ads_begin' }), null).detail).toContain('ad break')
    expect(live(outlook(...opened, { kind: 'ads_begin' }, { kind: 'ads_end' }), null).detail).toContain('is live')
  })

  it.each(['best', '480p,best', '720p60', 'worst', '1080p60,720P60'])('has no issue with the quality %s', (wanted) => {
    expect(qualityIssue(outlook(...opened), wanted)).toBeNull()
  })

  it('says which qualities there are', () => {
    expect(qualityIssue(outlook(...opened), '1080p60')?.detail).toBe(
      'The quality "1080p60" is not offered now; "720p60" is taken instead. There are: 720p60, 480p, audio_only.',
    )
  })

  it('says that a quality is for subscribers', () => {
    const look = outlook({ kind: 'subscribers_only', quality: '1080p60' }, ...opened)
    expect(qualityIssue(look, '1080p60')?.detail).toContain('"1080p60" is for subscribers')
  })
})
