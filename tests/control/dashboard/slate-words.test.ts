import { describe, expect, it } from 'vitest'
import { assetWords, slateProgress } from '#control/dashboard/words/slate-words.ts'
import type { Asset } from '#schema/contracts/asset.ts'

describe('how far the worker is with a slate', () => {
  it.each([
    [null, undefined],
    [undefined, undefined],
    [
      { state: 'encoding', percent: 41, detail: null },
      { words: 'Being prepared: 41 %', tone: 'busy' },
    ],
    [
      { state: 'ready', percent: 100, detail: null },
      { words: 'Ready', tone: 'live' },
    ],
    [
      { state: 'failed', percent: 3, detail: 'It is damaged.' },
      { words: 'It is damaged.', tone: 'error' },
    ],
    [
      { state: 'failed', percent: 0, detail: null },
      { words: expect.stringMatching(/tries again/), tone: 'error' },
    ],
  ] as const)('%j reads %j', (status, words) => {
    expect(slateProgress(status)).toEqual(words)
  })
})

describe('an upload', () => {
  it.each([
    ['image', 5, 'Pause.png (picture, 1 KB)'],
    ['image', 999_999, 'Pause.png (picture, 1000 KB)'],
    ['video', 3_140_000, 'Pause.png (video, 3.1 MB)'],
  ] as const)('(%s of %i bytes) reads %s', (kind, size_bytes, words) => {
    expect(assetWords({ name: 'Pause.png', kind, size_bytes } as Asset)).toBe(words)
  })
})
