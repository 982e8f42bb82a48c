import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { fakeTwitchMedia } from '#tests/support/fake-twitch-media.ts'
import { flvFixture, mp4Fixture } from '#tests/support/media.ts'
import { mediaFormat } from '#worker/ingest/channel/media-format.ts'

describe('the format of media by its first bytes', () => {
  it('knows what FFmpeg writes', async () => {
    const small = { seconds: 1, width: 160, height: 90 }
    expect(mediaFormat((await fakeTwitchMedia()).small[0]!)).toBe('mpegts')
    expect(mediaFormat(await readFile(await flvFixture(small)))).toBe('flv')
    expect(mediaFormat(await readFile(await mp4Fixture(small)))).toBe('mp4')
  })

  it.each([
    ['matroska', [0x1a, 0x45, 0xdf, 0xa3]],
    ['aac', [0xff, 0xf1, 0x4c]],
    ['aac', [...Buffer.from('ID3')]],
    [null, [...Buffer.from('<html>')]],
    [null, [0x47]],
    [null, []],
  ])('%s', (format, bytes) => {
    expect(mediaFormat(Buffer.concat([Buffer.from(bytes), Buffer.alloc(189)]))).toBe(format)
  })
})
