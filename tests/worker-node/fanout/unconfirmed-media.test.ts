import { beforeEach, describe, expect, it } from 'vitest'
import { UnconfirmedMedia } from '#worker/fanout/unconfirmed-media.ts'

const batchBytes = 1_000
let media: UnconfirmedMedia
const send = (batches: number) => {
  for (let index = 0; index < batches; index++) media.sent(batchBytes, 40)
}
beforeEach(() => {
  media = new UnconfirmedMedia()
})

describe('UnconfirmedMedia', () => {
  it('holds and counts nothing before the kernel was asked', () => {
    send(1_000)
    expect([media.durationMs, media.inDoubt]).toEqual([0, true])
  })

  it('counts media from its sending to the confirmation of its last byte', () => {
    media.confirmed(0)
    send(3)
    expect(media.durationMs).toBe(120)
    media.confirmed(1_999)
    expect(media.durationMs).toBe(80)
    media.confirmed(3_000)
    expect(media.durationMs).toBe(0)
  })

  it('counts from the first byte of the session, not from the first question', () => {
    send(10)
    media.confirmed(8_000)
    send(2)
    media.confirmed(11_000)
    expect(media.durationMs).toBe(40)
  })

  it('is in doubt when media waits for long', () => {
    media.confirmed(0)
    send(9)
    expect(media.inDoubt).toBe(false)
    send(1)
    expect(media.inDoubt).toBe(true)
  })

  it('is never in doubt about a peer that acknowledges in time', () => {
    media.confirmed(0)
    let sequence = 3_500
    for (let second = 0; second < 10_000; second++) {
      send(6)
      sequence += 6 * batchBytes
      media.acknowledged(sequence)
      expect(media.inDoubt).toBe(false)
    }
    send(10)
    expect(media.inDoubt).toBe(true)
  })

  it('lets the kernel correct acknowledgements that wrap or count too little', () => {
    media.confirmed(0)
    send(5)
    media.acknowledged(4_000)
    send(5)
    media.acknowledged(3)
    expect(media.durationMs).toBe(240)
    media.confirmed(10_000)
    expect(media.durationMs).toBe(0)
  })

  it('does not take an acknowledgement of more than was sent for one of what is to come', () => {
    media.confirmed(0)
    send(5)
    media.acknowledged(1_000_000)
    send(5)
    expect(media.durationMs).toBe(200)
  })

  it('holds and counts nothing, and asks no more, where the kernel does not tell', () => {
    media.confirmed(0)
    send(100)
    media.confirmed(undefined)
    send(100)
    expect([media.durationMs, media.inDoubt]).toEqual([0, false])
  })
})
