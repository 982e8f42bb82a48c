import { describe, expect, it } from 'vitest'
import { chooseInput, type InputCandidate } from '#worker/session/input-choice.ts'
import { goodAfterMs } from '#worker/session/input-trust.ts'

const input = (id: string, priority: number, sendingForMs: number | null, failedLately = false): InputCandidate => ({
  ...{ id, priority, sendingForMs, failedLately, goodAfterMs },
})
const situation = { chosenId: undefined, chosenIsWell: false, pinnedId: null }
const good = goodAfterMs

describe('the input that has the encoder', () => {
  it.each([
    ['none, while none sends', [input('a', 1, null)], situation, undefined],
    ['the only one that sends', [input('a', 1, null), input('b', 2, 0)], situation, 'b'],
    ['the best of those that send', [input('b', 2, 90_000), input('a', 1, 0)], situation, 'a'],
    [
      'the one on air, while it is well and a better one has only just come back',
      [input('a', 1, good - 1), input('b', 2, good)],
      { ...situation, chosenId: 'b', chosenIsWell: true },
      'b',
    ],
    [
      'the better one, once it has been good for ten seconds',
      [input('a', 1, good), input('b', 2, good)],
      { ...situation, chosenId: 'b', chosenIsWell: true },
      'a',
    ],
    [
      'the one on air, however long a lesser one has sent',
      [input('a', 1, 0), input('b', 2, 90_000)],
      { ...situation, chosenId: 'a', chosenIsWell: true },
      'a',
    ],
    [
      'another at once, when the one on air stalls',
      [input('a', 1, null), input('b', 2, 0), input('c', 3, good)],
      { ...situation, chosenId: 'a' },
      'b',
    ],
    [
      'another even when the stalled one still sends bytes that give no picture',
      [input('a', 1, good), input('b', 2, 0)],
      { ...situation, chosenId: 'a' },
      'b',
    ],
    [
      'the stalled one, while there is no other',
      [input('a', 1, 0), input('b', 2, null)],
      { ...situation, chosenId: 'a' },
      'a',
    ],
    ['the silent one, while there is no other', [input('a', 1, null)], { ...situation, chosenId: 'a' }, 'a'],
    [
      'not one that failed lately, while another sends',
      [input('a', 1, good, true), input('b', 2, 0)],
      { ...situation, chosenId: undefined },
      'b',
    ],
    ['one that failed lately, where no other sends', [input('a', 1, good, true)], situation, 'a'],
    [
      'the pinned one, soon after it sends',
      [input('a', 1, good), input('b', 2, 500)],
      { chosenId: 'a', chosenIsWell: true, pinnedId: 'b' },
      'b',
    ],
    [
      'the pinned one, though a better one is good',
      [input('a', 1, good), input('b', 2, good)],
      { chosenId: 'b', chosenIsWell: true, pinnedId: 'b' },
      'b',
    ],
    [
      'the best other, while the pinned one sends nothing',
      [input('a', 1, good), input('b', 2, null), input('c', 3, good)],
      { chosenId: 'b', chosenIsWell: false, pinnedId: 'b' },
      'a',
    ],
  ])('is %s', (_, candidates, rest, expected) => {
    expect(chooseInput({ candidates, ...rest })).toBe(expected)
  })
})
