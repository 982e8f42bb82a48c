import { describe, expect, it } from 'vitest'
import { readStreamId } from '#worker/ingest/srt/stream-id.ts'

const key = 'sk_abc-DEF_123'

describe('readStreamId', () => {
  it.each([
    `publish:${key}`,
    key,
    `publish:${key}?`,
    `publish:${key}?other=1`,
    `#!::r=${key},m=publish`,
    `#!::m=publish,r=${key},u=somebody,h=host`,
    `#!::r=${key}`,
    `publish:sk_abc%2DDEF_123`,
  ])('reads %s', (streamId) => {
    expect(readStreamId(streamId)).toEqual({ kind: 'publish', streamKey: key, input: null })
  })

  it.each([`publish:${key}?input=in_backup`, `${key}?input=in_backup`, `#!::r=${key},m=publish,input=in_backup`])(
    'reads the input in %s',
    (streamId) => {
      expect(readStreamId(streamId)).toEqual({ kind: 'publish', streamKey: key, input: 'in_backup' })
    },
  )

  it.each([`play:${key}`, `request:${key}`, `read:${key}`, `#!::r=${key},m=request`, `#!::m=bidirectional,r=${key}`])(
    'knows that %s does not publish',
    (streamId) => {
      expect(readStreamId(streamId)).toEqual({ kind: 'other_mode' })
    },
  )

  it.each([
    '',
    'publish:',
    '?input=in_1',
    'two words',
    `publish:${key}?input=../etc`,
    '#!::m=publish',
    '#!:r=x',
    '#!{r=x}',
    'publish:%zz',
    'publish:%00',
    'k'.repeat(257),
  ])('can not read "%s"', (streamId) => {
    expect(readStreamId(streamId)).toEqual({ kind: 'unreadable' })
  })
})
