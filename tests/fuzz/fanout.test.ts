import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { type ScriptedPlatform, startScriptedPlatform } from '#tests/support/scripted-platform.ts'
import { type Clock, systemClock } from '#worker/fanout/clock.ts'
import { PublishFailure } from '#worker/fanout/publish-failure.ts'
import { openPublication } from '#worker/fanout/rtmp-client.ts'
import { parseTarget } from '#worker/fanout/target.ts'

const rounds = 2_000
const atOnce = 25
/** Time limits pass forty times as fast: many a broken answer is one that never ends. */
const hastyClock: Clock = { ...systemClock, after: (delayMs, action) => systemClock.after(delayMs / 40, action) }

const random = new SeededRandom(0x7e1)
let platform: ScriptedPlatform
beforeAll(async () => {
  const garble = (answer: Buffer) => (random.below(3) > 0 ? answer : mutate(answer, random))
  platform = await startScriptedPlatform({ garble })
})
afterAll(() => platform.close())

describe('a platform whose answers are broken', () => {
  it(`gives a publish session or a failure in words, ${rounds} times, and nothing else`, async () => {
    const outcomes = new Map<string, number>()
    let round = 0
    const lane = async () => {
      while (round++ < rounds) {
        const outcome = await attempt(platform.url)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    expect(outcomes.get('internal')).toBeUndefined()
    expect(outcomes.get('protocol_error')).toBeGreaterThan(rounds / 20)
    expect(outcomes.get('opened')).toBeGreaterThan(rounds / 10)
  })
})

async function attempt(url: string): Promise<string> {
  try {
    const publication = await openPublication(parseTarget(url, 'key'), {
      clock: hastyClock,
      acknowledgeEachBytes: 50_000,
      signal: new AbortController().signal,
      onAcknowledged: () => {},
      onLost: () => {},
    })
    await publication.unpublish()
    return 'opened'
  } catch (failure) {
    if (failure instanceof PublishFailure) return failure.error.code
    throw failure
  }
}
