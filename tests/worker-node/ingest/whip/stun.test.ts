import { describe, expect, it } from 'vitest'
import { Message, parseMessage } from 'werift'
import { bindingAnswer, isStun, readBindingRequest, roleConflict } from '#worker/ingest/whip/stun.ts'

const password = 'our-very-own-password-24'
const passwordOf = (ufrag: string) => (ufrag === 'ours' ? password : undefined)

/** A check as another implementation makes it. */
function check({ username = 'ours:theirs', key = password, role = 'ICE-CONTROLLING' } = {}): Buffer {
  const message = new Message(1, 0)
  message.setAttribute('USERNAME', username)
  message.setAttribute('PRIORITY', 1)
  message.setAttribute(role as 'ICE-CONTROLLING', 1n)
  message.setAttribute('USE-CANDIDATE', null)
  message.addMessageIntegrity(Buffer.from(key)).addFingerprint()
  return message.bytes
}

describe('a connectivity check', () => {
  it('is read when it was made with our password', () => {
    const datagram = check()
    expect(isStun(datagram)).toBe(true)
    expect(readBindingRequest(datagram, passwordOf)).toMatchObject({
      localUfrag: 'ours',
      useCandidate: true,
      controlled: false,
    })
  })

  it.each([
    ['another password', check({ key: 'guessed' })],
    ['another user', check({ username: 'nobody:theirs' })],
    ['no user', check({ username: '' })],
    ['a part cut off', check().subarray(0, 40)],
    ['more behind it', Buffer.concat([check(), Buffer.alloc(4)])],
  ])('with %s is ignored', (_what, datagram) => {
    expect(readBindingRequest(datagram, passwordOf)).toBeUndefined()
  })

  it('is ignored after a single flipped bit in what the password covers', () => {
    const datagram = check()
    // The last eight bytes are the fingerprint, which stands behind the proof.
    for (let bit = 0; bit < (datagram.length - 8) * 8; bit++) {
      const forged = Buffer.from(datagram)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(readBindingRequest(forged, passwordOf)).toBeUndefined()
    }
  })

  it.each([
    ['203.0.113.7', 50_000],
    ['2001:db8::9:1', 443],
    ['::1', 1],
  ])('is answered with where it came from: %s', (address, port) => {
    const request = readBindingRequest(check(), passwordOf)
    if (!request) throw new Error('not read')
    const answer = parseMessage(bindingAnswer(request, address, port, password), Buffer.from(password))
    expect(answer?.transactionId).toEqual(request.transactionId)
    const [seenAddress, seenPort] = answer?.getAttributeValue('XOR-MAPPED-ADDRESS') ?? []
    expect(new URL(`http://${address.includes(':') ? `[${seenAddress}]` : seenAddress}`).hostname).toBe(
      new URL(`http://${address.includes(':') ? `[${address}]` : address}`).hostname,
    )
    expect(seenPort).toBe(port)
  })

  it('is answered in IPv4 to a peer that a socket for both families names in IPv6', () => {
    const request = readBindingRequest(check(), passwordOf)
    if (!request) throw new Error('not read')
    expect(bindingAnswer(request, '::ffff:203.0.113.7', 9, password)).toEqual(
      bindingAnswer(request, '203.0.113.7', 9, password),
    )
  })

  it('of a peer that claims our role is told so', () => {
    const request = readBindingRequest(check({ role: 'ICE-CONTROLLED' }), passwordOf)
    expect(request?.controlled).toBe(true)
    if (!request) return
    const answer = roleConflict(request, password)
    expect(answer.readUInt16BE(0)).toBe(0x0111)
    expect(parseMessage(answer, Buffer.from(password))?.getAttributeValue('ERROR-CODE')).toMatchObject([
      487,
      'Role Conflict',
    ])
  })
})
