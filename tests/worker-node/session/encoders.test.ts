import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { eventually } from '#tests/support/eventually.ts'
import type { DriverState } from '#worker/ingest/driver.ts'
import type { OpenInput, SessionHost } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { bothTracks, FakeSource, jobOf, missingFfmpeg, noUploads, recordedLog } from '../agent/registry-under-test.ts'

const open: Session[] = []
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(open.splice(0).map((session) => session.end('completed')))
})

/** A session that never gets as far as media. */
function startSession(more: Partial<Job> = {}, startDriver: SessionHost['startDriver'] = () => null) {
  const events: string[] = []
  const job = jobOf(more)
  const session: Session = new Session({
    open: {
      job,
      inputs: job.inputs.map((input) => ({ ...input, urls: [] }) as OpenInput),
      srtPassphrase: '',
      destinations: [],
    },
    host: {
      ...{ ffmpeg: missingFfmpeg, freeEncodeUnits: () => 2, slateDir: '/nonexistent' },
      ...{ log: recordedLog().log, fetchAsset: noUploads, startDriver },
    },
    onEvent: (type, detail) => events.push(`${type}: ${detail}`),
    onOver: () => events.push('over'),
  })
  open.push(session)
  return { session, events }
}

describe('an input whose fetching fails', () => {
  it('is told of once in the events, with why, until it has done well', () => {
    const inputs = [{ id: 'in_1', type: 'pull', name: 'Camera', priority: 1 }] as never
    let tell: (state: DriverState) => void = () => {}
    const { events } = startSession({ inputs }, (_, { onState }) => {
      tell = onState
      return { stop: async () => {} }
    })
    const issue = { code: 'not_found', severity: 'error', detail: 'Nothing is there.', fix: 'Check it.' } as const
    const retry = () => {
      tell({ state: 'connecting', detail: 'Fetching.', issue })
      tell({ state: 'failed', detail: 'Nothing is there. Check it. Next try in 3 s.', issue })
    }
    retry()
    retry()
    const failed = 'input.failed: Nothing comes from Camera: Nothing is there. Check it.'
    expect(events).toEqual([failed])
    tell({ state: 'waiting', detail: 'The channel is offline.', issue: null })
    retry()
    expect(events).toEqual([failed, failed])
  })
})

describe('an encoder that was let in', () => {
  it('and never sends is given up after fifteen seconds, counted from the last one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { session, events } = startSession()
    await vi.advanceTimersByTimeAsync(14_900)
    expect(session.door.admit(null)).toBe('in_1')
    await vi.advanceTimersByTimeAsync(14_900)
    expect(session.isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(session.report()).toMatchObject({ status: 'idle', status_reason: 'source_ended', ended: true })
    expect(events).toContain('over')
  })

  it('has its time once it has begun, and an always-on stream waits for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const begun = startSession().session
    void begun.door.attach(new FakeSource(), null)
    const channel = startSession({ always_on: true }).session
    await vi.advanceTimersByTimeAsync(60_000)
    expect([begun.isOver, channel.isOver]).toEqual([false, false])
    expect(begun.report()).toMatchObject({ status: 'connecting', status_reason: 'source_connected' })
  })

  it('but is gone before it has sent anything ends the session', async () => {
    const { session } = startSession()
    const ready = Promise.withResolvers<typeof bothTracks>()
    const source = new FakeSource(ready.promise)
    const attached = session.door.attach(source, null)
    source.end({ reason: 'lost', detail: 'gone' })
    ready.resolve({ ...bothTracks, video: null, audio: null })
    await attached
    expect(session.report()).toMatchObject({ ended: true, status_reason: 'source_lost' })
  })

  it('with neither picture nor sound is refused in words, and so is the session', async () => {
    const { session } = startSession()
    const source = new FakeSource({ ...bothTracks, video: null, audio: null })
    await session.door.attach(source, null)
    expect(source.closedWith).toBe(
      'There is neither a picture nor sound in this stream that can be read. H.264 video and AAC audio always work.',
    )
    expect(session.report()).toMatchObject({ ended: true, status_reason: 'source_failed' })
    expect(session.report().status_detail).toMatch(/H\.264 video and AAC audio are understood/)
  })

  it('after the session has ended is told so', async () => {
    const { session } = startSession()
    await session.end('completed')
    const source = new FakeSource()
    await session.door.attach(source, null)
    expect(source.closedWith).toBe('The broadcast has ended.')
  })
})

describe('a second encoder with the same key', () => {
  it('gets the second push input while the first one sends', async () => {
    const inputs = [1, 2].map((priority) => ({ id: `in_${priority}`, type: 'push', priority }) as const)
    const { session } = startSession({ inputs })
    expect(session.door.admit(null)).toBe('in_1')
    const first = new FakeSource()
    void session.door.attach(first, 'in_1')
    expect(session.door.admit(null)).toBe('in_1')
    first.bytesReceived = 1
    expect(session.door.admit(null)).toBe('in_2')
    expect(session.door.admit('in_1')).toBe('taken')
  })
})

describe('an encoder that is refused', () => {
  const refused = { reason: 'refused', detail: 'The passphrase is wrong.' } as const

  it('is told of in an event, and a stream that waits for an encoder is not held for it', async () => {
    const { session, events } = startSession()
    session.door.admit(null)
    session.door.notComing(refused)
    expect(events).toEqual(['input.refused: The passphrase is wrong.'])
    expect(session.report()).toMatchObject({ status: 'idle', status_reason: 'encoder_refused', ended: true })
    await eventually('all of it is gone', () => events.includes('over'))
  })

  it('ends nothing for another one that was let in, or has connected, or for a stream that is on without it', () => {
    const [waiting, connected, channel] = [startSession(), startSession(), startSession({ always_on: true })]
    for (const { session } of [waiting, connected, channel]) session.door.admit(null)
    waiting.session.door.admit(null)
    void connected.session.door.attach(new FakeSource(), null)
    for (const { session, events } of [waiting, connected, channel]) {
      session.door.notComing(refused)
      expect(events).toContain('input.refused: The passphrase is wrong.')
      expect(session.isOver).toBe(false)
    }
    waiting.session.door.notComing({ reason: 'ended', detail: 'It left.' })
    expect(waiting.events).not.toContain('input.refused: It left.')
    expect(waiting.session.report()).toMatchObject({ status_reason: 'source_ended', ended: true })
  })
})

describe('the end of a session', () => {
  const isOver = (ending: Promise<void>) =>
    Promise.race([ending.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))])

  it('waits for what fetched an input that was removed', async () => {
    const stopped = Promise.withResolvers<void>()
    const inputs = (['kept', 'removed'] as const).map((id) => ({ id, type: 'test', priority: 1 }) as const)
    const { session } = startSession({ inputs }, ({ id }) => ({
      stop: async () => {
        if (id === 'removed') await stopped.promise
      },
    }))
    const job = jobOf({ inputs: inputs.slice(0, 1), revision: 2 })
    session.update({ job, inputs: inputs.slice(0, 1), srtPassphrase: '', destinations: [] })
    const ending = session.end('completed')
    expect(await isOver(ending)).toBe(false)
    stopped.resolve()
    await ending
  })

  it('waits for a source in whose place another came', async () => {
    const { session } = startSession()
    const replaced = new FakeSource()
    vi.spyOn(replaced, 'close').mockReturnValue()
    void session.door.attach(replaced, null)
    void session.door.attach(new FakeSource(), null)
    expect(replaced.close).toHaveBeenCalledWith('Another source has taken over.')
    const ending = session.end('completed')
    expect(await isOver(ending)).toBe(false)
    replaced.end({ reason: 'ended', detail: 'It was slow.' })
    await ending
  })

  it('has the first reason that was given, however many follow', async () => {
    const { session, events } = startSession()
    await Promise.all([session.end('disabled_by_operator'), session.end('completed'), session.end('worker_stopping')])
    expect(session.report()).toMatchObject({ status: 'disabled', status_reason: 'disabled_by_operator' })
    expect(events.filter((event) => event === 'over')).toHaveLength(1)
  })
})
