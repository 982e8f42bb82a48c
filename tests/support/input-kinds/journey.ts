import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Cell, cells, type InputKind } from './input-kind.ts'
import type { Trial } from './trial.ts'

/** How the cells of one row came out; each settles when it is over. */
export type Row = Readonly<Record<Cell, Promise<void>>>

/** After the source is back, so long at most until it is on air: the longest back-off of what is fetched, and its start. */
const toLiveMs = 45_000

/** Takes one input through everything that may happen to it, cell by cell. A red cell does not end the journey. */
export function startJourney(kind: InputKind, trial: Trial): { row: Row; over: Promise<void> } {
  const steps = stepsOf(kind, trial)
  const row: Partial<Record<Cell, Promise<void>>> = {}
  let before: Promise<void> = Promise.resolve()
  for (const cell of cells) {
    const step = kind.senseless?.[cell] === undefined ? steps[cell] : async () => {}
    const done = before.then(step)
    before = done.catch(() => {})
    row[cell] = done
    // Whoever asks for the cell hears of it; until then it is nobody's unhandled rejection.
    done.catch(() => {})
  }
  return { row: row as Row, over: before }
}

function stepsOf(kind: InputKind, trial: Trial): Readonly<Record<Cell, () => Promise<void>>> {
  const onAir = async (width: number) => {
    await eventually(
      `the input is on air and sends pictures ${width} wide`,
      async () => {
        const { status, inputs, health } = await trial.now()
        expect(status).toBe('active')
        expect(health.issues).toEqual([])
        expect(inputs[0]).toMatchObject({ state: 'on_air', now: { video: { codec: 'h264', width } } })
        return true
      },
      { timeoutMs: toLiveMs, intervalMs: 200 },
    )
    await unbroken()
  }
  /** What the platform has is one session, whatever became of the input. */
  const unbroken = async () => {
    const { destinations } = await trial.now()
    expect(destinations[0]).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0 })
  }
  const toSlate = async (fault: 'kill' | 'freeze' | 'half-open', cause: () => unknown) => {
    const faultMs = Date.now()
    await cause()
    const withinMs = kind.toSlateMs[fault]
    expect(await trial.toSlateMs(faultMs, withinMs + busyMs + heartbeatMs)).toBeLessThan(withinMs + busyMs)
    const { status_reason, status_detail, inputs } = await trial.now()
    expect(status_reason).toMatch(/^source_/)
    expect(status_detail).toMatch(/meanwhile/)
    expect(inputs[0]!.state).toMatch(/waiting|connecting|failed/)
    expect(inputs[0]!.state_detail).toMatch(/^\S.+\.$/)
    await unbroken()
  }
  return {
    'wrong secret': () => kind.wrongSecret(trial),
    garbage: () => kind.garbage(trial),
    start: async () => {
      await kind.begin(trial)
      await trial.weir.playable(trial.stream, toLiveMs)
      await eventually('the platform is broadcasting, and the slate is at hand', async () => {
        const { destinations, slate_status } = await trial.now()
        return destinations[0]!.state === 'broadcasting' && slate_status?.during?.state === 'ready'
      })
      await onAir(320)
      const { now } = await trial.input()
      expect(now).toMatchObject({ protocol: kind.protocol, audio: { sample_rate: 48_000 } })
    },
    kill: () => toSlate('kill', kind.kill),
    resume: async () => {
      await kind.resume()
      await onAir(320)
    },
    freeze: async () => {
      await toSlate('freeze', kind.freeze).finally(() => kind.thaw())
      await onAir(320)
    },
    'half-open': async () => {
      await toSlate('half-open', kind.cut).finally(() => kind.heal())
      await onAir(320)
    },
    'codec change': async () => {
      await kind.change()
      await onAir(kind.changedWidth ?? 480)
    },
    '10 restarts': async () => {
      for (let restart = 0; restart < 10; restart++) await kind.restart(trial)
      await onAir(kind.changedWidth ?? 480)
    },
  }
}

/** A machine with two cores that does much else is later than design.md, by so much at most; the bench `inputs` measures it. */
const busyMs = 4_000
/** The API hears of a change within three seconds, and then some. */
const heartbeatMs = 8_000
