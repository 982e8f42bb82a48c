import { describe, expect, it } from 'vitest'
import { addressesFor } from '#control/dashboard/words/encoder-addresses.ts'

const ingest = {
  rtmp: { url: 'rtmp://h/live', stream_key: 'key' },
  srt: { url: 'srt://h:8890?streamid=publish:key&passphrase=pass', passphrase: 'pass' },
  whip: { url: 'https://h/live/ls_1/whip', bearer: 'key' },
}

describe('where an encoder goes', () => {
  it('is the same for all where it does not matter which input it is', () => {
    expect(addressesFor(ingest, null)).toEqual(ingest)
  })

  it('names the input where it matters, in the place that each way to send has for it', () => {
    expect(addressesFor(ingest, 'in_2')).toEqual({
      rtmp: { url: 'rtmp://h/live', stream_key: 'key?input=in_2' },
      srt: { url: 'srt://h:8890?streamid=publish:key?input=in_2&passphrase=pass', passphrase: 'pass' },
      whip: { url: 'https://h/live/ls_1/whip?input=in_2', bearer: 'key' },
    })
  })

  it('tells no more than was known before', () => {
    const shown = { rtmp: { url: 'rtmp://h/live' }, srt: { url: 'srt://h:8890' }, whip: { url: 'https://h/whip' } }
    expect(addressesFor(shown, 'in_2')).toEqual({ ...shown, whip: { url: 'https://h/whip?input=in_2' } })
  })
})
