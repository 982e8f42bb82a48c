import { describe, expect, it } from 'vitest'
import {
  closedByPeer,
  refused,
  type Step,
  socketFailed,
  timedOut,
  withoutSecrets,
} from '#worker/fanout/platform-errors.ts'
import { parseTarget } from '#worker/fanout/target.ts'

const target = parseTarget('rtmps://ingest.example/live', 'live_secret-1?auth=token-2')
const systemError = (code: string) => Object.assign(new Error(`connect ${code}`), { code })
const steps: Step[] = ['reach', 'secure', 'handshake', 'connect', 'create_stream', 'publish', 'broadcast']

describe('what went wrong at a platform, in words', () => {
  it.each([
    ['reach', 'ENOTFOUND', 'unreachable', 'no server named ingest.example'],
    ['reach', 'ECONNREFUSED', 'unreachable', 'Nothing takes connections at ingest.example:443'],
    ['secure', 'CERT_HAS_EXPIRED', 'tls_failed', 'expired'],
    ['secure', 'ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed', 'another name'],
    ['secure', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_failed', 'signed by itself'],
    ['secure', 'SELF_SIGNED_CERT_IN_CHAIN', 'tls_failed', 'nobody that this worker trusts'],
    ['secure', 'CERT_NOT_YET_VALID', 'tls_failed', 'not valid yet'],
    ['secure', 'EPROTO', 'tls_failed', 'No encrypted connection'],
    ['broadcast', 'ECONNRESET', 'closed_by_platform', 'ended the connection during the broadcast'],
    ['broadcast', 'ETIMEDOUT', 'unreachable', 'cannot be reached'],
  ] as const)('at %s, %s is %s', (step, systemCode, code, words) => {
    const { error, rejected } = socketFailed(step, target, systemError(systemCode))
    expect(error).toMatchObject({ code, severity: 'error' })
    expect(error.detail).toContain(words)
    expect(rejected).toBe(false)
  })

  it('takes the first of several failed addresses', () => {
    const error = new AggregateError([systemError('ECONNREFUSED'), systemError('ENETUNREACH')])
    expect(socketFailed('reach', target, error).error.detail).toContain('Nothing takes connections')
  })

  it.each([
    ['publish', 'NetStream.Publish.BadName', 'rejected_stream_key', true],
    ['publish', 'NetStream.Publish.Denied', 'rejected_stream_key', true],
    ['create_stream', 'NetStream.Publish.BadName', 'rejected_stream_key', true],
    ['connect', 'NetConnection.Connect.Rejected', 'rejected_app', true],
    ['connect', 'NetConnection.Connect.InvalidApp', 'rejected_app', true],
    ['broadcast', 'NetStream.Unpublish.Success', 'closed_by_platform', false],
    ['broadcast', 'NetConnection.Connect.Closed', 'closed_by_platform', false],
  ] as const)('at %s, %s is %s', (step, platformCode, code, rejected) => {
    expect(refused(step, target, platformCode, '')).toMatchObject({ error: { code }, rejected })
  })

  it.each([
    ['publish', 'NetStream.Publish.BadName', 'Already publishing', 'already_live'],
    ['publish', 'NetStream.Publish.BadName', '[live/k] is already being published', 'already_live'],
    ['publish', 'NetStream.Publish.BadName', 'Stream already in use', 'already_live'],
    ['publish', 'NetStream.Publish.Denied', 'duplicate stream name', 'already_live'],
    ['connect', 'NetConnection.Connect.Rejected', 'Connection limit exceeded', 'over_limit'],
    ['broadcast', 'NetStream.Publish.Failed', 'Bitrate too high for this account', 'over_limit'],
    ['publish', 'NetStream.Publish.BadName', 'Invalid stream key', 'rejected_stream_key'],
  ] as const)('at %s, %s with the words "%s" is %s', (step, platformCode, words, code) => {
    const { error } = refused(step, target, platformCode, words)
    expect(error.code).toBe(code)
    expect(error.detail).toContain(words)
  })

  it('has a fix for everything', () => {
    const failures = [
      ...steps.flatMap((step) => [timedOut(step, target), closedByPeer(step, target), refused(step, target, '', '')]),
      ...steps.map((step) => socketFailed(step, target, systemError('ENETUNREACH'))),
    ]
    for (const { error } of failures) expect(error.fix).toMatch(/^\p{Lu}.{15,}\.$/u)
  })

  it('calls a wordless close a refusal where servers refuse so, and a loss elsewhere', () => {
    const rejected = steps.filter((step) => closedByPeer(step, target).rejected)
    expect(rejected).toEqual(['connect', 'create_stream', 'publish'])
  })

  it('has words for every step that takes too long', () => {
    for (const step of steps) expect(timedOut(step, target).error.detail).toMatch(/^ingest\.example:443 .+\.$/)
  })

  it('repeats what the platform said, without the key', () => {
    const { error } = refused('publish', target, 'NetStream.Publish.BadName', 'live/live_secret-1\n is taken (token-2)')
    expect(error.detail).toContain('It says: “live/••• is taken (•••)”.')
  })

  it('takes out the key, its parts and its encoded form, and shortens the rest', () => {
    const without = (text: string, ...secrets: string[]) => withoutSecrets(text, secrets)
    expect(without('a live_secret-1?auth=token-2 b', target.streamName)).toBe('a ••• b')
    expect(without('x live_secret-1%3Fauth%3Dtoken-2', target.streamName)).toBe('x •••')
    expect(without('y'.repeat(5_000), 'key')).toHaveLength(200)
    expect(without('nothing to hide', '')).toBe('nothing to hide')
  })

  it('takes out what the address keeps in its query string', () => {
    const tokenTarget = parseTarget('rtmp://h/app?token=hidden-3', 'k')
    expect(refused('connect', tokenTarget, 'x', 'app?token=hidden-3').error.detail).not.toContain('hidden-3')
  })
})
