import { describe, expect, it } from 'vitest'
import { type InputFacts, inputInWords } from '#worker/session/input-words.ts'

const idle: InputFacts = {
  ...{ source: 'none', isSending: false, isChosen: false, isOnAir: false, isFetched: false },
  ...{ driver: undefined, lastEnd: undefined },
}
const sends: Partial<InputFacts> = { source: 'described', isSending: true }
const said = (state: 'waiting' | 'connecting' | 'failed' | 'finished') => ({
  state,
  detail: 'It says why.',
  issue: null,
})

describe('an input in words', () => {
  it.each<[string, Partial<InputFacts>, string, RegExp]>([
    ['nobody pushes', {}, 'waiting', /^Waiting for an encoder\.$/],
    [
      'the last one was lost',
      { lastEnd: { reason: 'lost', detail: 'It vanished.' } },
      'waiting',
      /last one: It vanished/,
    ],
    [
      'the last one said goodbye',
      { lastEnd: { reason: 'ended', detail: 'Bye.' } },
      'waiting',
      /^Waiting for an encoder\.$/,
    ],
    ['it is being fetched', { isFetched: true }, 'connecting', /^Connecting/],
    ['fetching it failed', { isFetched: true, driver: said('failed') }, 'failed', /says why/],
    ['all of it was fetched', { isFetched: true, driver: said('finished') }, 'waiting', /says why/],
    ['it has connected', { source: 'connected' }, 'connecting', /first picture is awaited/],
    ['it sends, and another is on air', sends, 'standby', /ready to take over/],
    ['it was chosen', { ...sends, isChosen: true }, 'connecting', /picture is coming/],
    ['it is on air', { ...sends, isChosen: true, isOnAir: true }, 'on_air', /On air/],
    ['it fell silent', { source: 'described' }, 'waiting', /nothing comes/],
    [
      'it fell silent, and the fetcher knows why',
      { source: 'described', driver: said('waiting') },
      'waiting',
      /says why/,
    ],
  ])('when %s', (_, facts, state, detail) => {
    const words = inputInWords({ ...idle, ...facts })
    expect(words.state).toBe(state)
    expect(words.detail).toMatch(detail)
  })
})
