import { describe, expect, it } from 'vitest'
import { auditSubject } from '#control/audit/subject.ts'

const subject = (method: string, path: string) => auditSubject(method, new URL(path, 'http://weir.example'))

describe('what a request changes', () => {
  it.each([
    ['POST', '/v1/live-streams', 'live_stream.create', null, null],
    ['PATCH', '/v1/live-streams/ls_1', 'live_stream.change', 'ls_1', '/v1/live-streams/ls_1'],
    ['DELETE', '/v1/live-streams/ls_1', 'live_stream.delete', 'ls_1', '/v1/live-streams/ls_1'],
    ['DELETE', '/v1/live-stream%73/l%73_1', 'live_stream.delete', 'ls_1', '/v1/live-streams/ls_1'],
    ['POST', '/v1/live-streams/ls_1/enable', 'live_stream.enable', 'ls_1', '/v1/live-streams/ls_1'],
    ['POST', '/v1/live-streams/ls_1/reset-stream-key', 'live_stream.reset_stream_key', 'ls_1', '/v1/live-streams/ls_1'],
    ['POST', '/v1/live-streams/ls_1/destinations', 'destination.create', null, null],
    [
      'POST',
      '/v1/live-streams/ls_1/destinations/dst_1/retry',
      'destination.retry',
      'dst_1',
      '/v1/live-streams/ls_1/destinations/dst_1',
    ],
    [
      'DELETE',
      '/v1/live-streams/ls_1/playback-ids/pb_1',
      'playback_id.delete',
      'pb_1',
      '/v1/live-streams/ls_1/playback-ids/pb_1',
    ],
    [
      'POST',
      '/v1/live-streams/ls_1/playback-ids/pb_1/tokens',
      'playback_id.make_token',
      'pb_1',
      '/v1/live-streams/ls_1/playback-ids/pb_1',
    ],
    ['POST', '/v1/live-streams/ls_1/inputs/release', 'input.release', null, '/v1/live-streams/ls_1'],
    [
      'POST',
      '/v1/webhooks/whk_1/deliveries/del_1/replay',
      'delivery.replay',
      'del_1',
      '/v1/webhooks/whk_1/deliveries/del_1',
    ],
    ['PATCH', '/v1/settings', 'settings.change', null, '/v1/settings'],
    ['POST', '/v1/session', 'session.create', null, null],
    ['POST', '/v1/session/join', 'session.join', null, null],
    ['PATCH', '/v1/workers/wrk_1', 'worker.change', 'wrk_1', '/v1/workers/wrk_1'],
    ['POST', '/v1/join-tokens', 'join_token.create', null, null],
    ['POST', '/v1/keys/rotate-signing-key', 'key.rotate_signing_key', null, '/v1/keys'],
  ])('%s %s is %s', (method, path, action, targetId, shown) => {
    expect(subject(method, path)).toMatchObject({ action, targetId, path: shown })
  })

  it.each([
    ['POST', '/v1/plan'],
    ['POST', '/v1/live-streams/ls_1/destinations/check'],
    ['PATCH', '/v1/live-streams/ls_1?dry_run=1'],
    ['POST', '/v1/beacons'],
  ])('%s %s is no change', (method, path) => {
    expect(subject(method, path)).toBeUndefined()
  })

  it('knows the live stream that it hangs on, and keeps no more of a path than it needs', () => {
    expect(subject('POST', '/v1/live-streams/ls_1/destinations')?.liveStreamId).toBe('ls_1')
    const long = subject('DELETE', `/v1/tokens/tok_${'x'.repeat(5_000)}/${'y/'.repeat(500)}`)
    expect(JSON.stringify(long).length).toBeLessThan(1_500)
  })
})
