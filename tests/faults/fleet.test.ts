import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type FleetWorker, TestFleet } from '#tests/support/fleet.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { longestOverlapMs, startWatchingPlatform, type WatchingPlatform } from '#tests/support/watching-platform.ts'
import { startWhipPublisher } from '#tests/support/whip-file-publisher.ts'

// Three workers and a control plane, real processes each. One of them is the single binary, one has a clock that is an hour wrong.
// They are lost one after the other, in every way; their streams must go on elsewhere, and no destination may have two publishers.
const leaseMs = 15_000
/** What issue and README promise, and what a machine that is busy with other tests may take longer. */
const promisedMs = 20_000
const slackMs = 20_000
const patient = { timeoutMs: 60_000, intervalMs: 50 }

type Stream = LiveStream & { stream_key: string }
const small = {
  ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  encoder_preset: 'ultrafast',
  latency_mode: 'low_latency',
}
const picture = { width: 320, height: 180 }

let fleet: TestFleet
let first: FleetWorker
let second: FleetWorker
let third: FleetWorker
const platforms = new Map<string, WatchingPlatform>()
const encoders: TestProcess[] = []
const tests: Stream[] = []
let lecture: Stream
let backup: TestProcess

async function create(body: object): Promise<Stream> {
  const stream = await fleet.weir.createStream({ ...small, ...body })
  const platform = await startWatchingPlatform()
  platforms.set(stream.id, platform)
  await fleet.weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'key' })
  return stream
}
const sessionsOf = ({ id }: LiveStream) => platforms.get(id)!.sessions()
/** Waits until a publisher that began after `sinceMs` sends to the destination; gives how long that took. */
const backAfter = (stream: LiveStream, sinceMs: number) =>
  eventually(
    `${stream.name} is back at its destination`,
    () => {
      const session = sessionsOf(stream).find(({ fromMs }) => fromMs > sinceMs)
      return session && Math.round(session.fromMs - sinceMs)
    },
    patient,
  )
/** The segment that viewers are told of as the next, through control. */
async function newestSegment(stream: LiveStream): Promise<number> {
  const playlist = await fetch(`${fleet.weir.url}/live/${stream.playback_ids[0]!.id}/180p.m3u8`)
  return Number(/PRELOAD-HINT.*URI="(?:[^"]*\/)?(\d+)\.\d+\.m4s/.exec(await playlist.text())?.[1] ?? 'NaN')
}
async function encode(worker: FleetWorker, stream: Stream, query = ''): Promise<TestProcess> {
  const encoder = await startEncoder(worker.rtmpUrl, `${stream.stream_key}${query}`, picture)
  encoders.push(encoder)
  return encoder
}
const runsAt = (stream: LiveStream, where: (worker: FleetWorker) => boolean) =>
  eventually(
    `${stream.name} runs there`,
    async () => {
      const holder = await fleet.holderOf(stream.id)
      return holder && where(holder) && (await fleet.weir.stream(stream.id)).status === 'active' && holder
    },
    patient,
  )

beforeAll(async () => {
  fleet = await TestFleet.start([{}, { binary: true }, { wrongClock: true }])
  ;[first, second, third] = fleet.workers as [FleetWorker, FleetWorker, FleetWorker]
  lecture = await create({ name: 'Lecture', inputs: [{ type: 'push' }, { type: 'push' }, { type: 'push' }] })
  await encode(first, lecture)
  // One after the other, each goes to whoever is least loaded, until all have one.
  for (const holders = new Set<FleetWorker>(); holders.size < 3 && tests.length < 6; ) {
    const test = await create({ name: `Test ${tests.length + 1}`, source: { type: 'test' } })
    tests.push(test)
    holders.add(await runsAt(test, () => true))
  }
}, 120_000)

afterAll(async () => {
  await Promise.all(encoders.map((encoder) => encoder.end('SIGKILL')))
  await fleet?.close()
  await Promise.all([...platforms.values()].map((platform) => platform.close()))
})

const steady = async (stream: LiveStream) => {
  const { inputs, destinations, ladder, source, name, playback_ids } = await fleet.weir.stream(stream.id)
  return {
    ...{ name, ladder, playback_ids, source: 'type' in source ? source.type : null },
    inputs: inputs.map(({ id, priority }) => ({ id, priority })),
    destinations: destinations.map(({ id, url }) => ({ id, url })),
  }
}
/** What every viewer was told last, for it must never fall. */
const told = new Map<string, number>()
async function viewersGoOn(): Promise<void> {
  for (const stream of all()) {
    const before = told.get(stream.id) ?? 0
    const now = await eventually(
      `${stream.name} goes on for viewers`,
      async () => {
        const sequence = await newestSegment(stream)
        return sequence > before && sequence
      },
      patient,
    )
    told.set(stream.id, now)
  }
}
const all = () => [...tests, lecture]

describe('three workers', () => {
  it('share the streams; the binary and the worker with the wrong clock do as the others do', async () => {
    const holders = await Promise.all(all().map((stream) => runsAt(stream, () => true)))
    expect(new Set(holders).size).toBe(3)
    await runsAt(lecture, (worker) => worker === first)
    expect(third.process!.stderr()).toContain('The clock of this machine is 1 h 0 min ahead')
    for (const stream of all()) await eventually('it is sent', () => sessionsOf(stream).length === 1, patient)
    await viewersGoOn()
  })

  it('take a backup encoder at any of them', async () => {
    backup = await encode(third, lecture, `?input=${lecture.inputs[1]!.id}`)
    await eventually(
      'both send',
      async () => {
        const { inputs } = await fleet.weir.stream(lecture.id)
        return inputs.slice(0, 2).every(({ state }) => state === 'on_air' || state === 'standby')
      },
      patient,
    )
    expect(backup.hasEnded()).toBe(false)
    expect((await fleet.holderOf(lecture.id))?.name).toBe(first.name)
  })

  it('send a publisher over WebRTC on to the one that runs its stream', async () => {
    const [, , { id }] = lecture.inputs as [unknown, unknown, { id: string }]
    const wrongWorker = `${second.originUrl}/live/${lecture.id}/whip?input=${id}`
    const publisher = await startWhipPublisher(wrongWorker, lecture.stream_key, { ...picture, bFrames: 0 })
    encoders.push(publisher)
    const stateOf = async () => (await fleet.weir.stream(lecture.id)).inputs[2]!.state
    await eventually('its media is there', async () => (await stateOf()) === 'standby', patient)
    expect(await publisher.end('SIGTERM')).toBe(0)
  })

  it('let one of two encoders in that come to two of them at once with the same key', async () => {
    const raced = await fleet.weir.createStream({ ...small, name: 'Raced' })
    const both = await Promise.all([encode(second, raced), encode(third, raced)])
    await runsAt(raced, () => true)
    await eventually('one is refused', () => both.some((encoder) => encoder.hasEnded()), patient)
    expect(both.filter((encoder) => !encoder.hasEnded())).toHaveLength(1)
    await Promise.all(both.map((encoder) => encoder.end('SIGKILL')))
    await fleet.weir.api('DELETE', `/v1/live-streams/${raced.id}`)
  })
})

describe('a worker that is killed', () => {
  it('is noticed at once: its streams go on elsewhere, and an encoder that was handed on to it stays connected', async () => {
    const moved = await heldBy(first)
    expect(moved).toContain(lecture)
    const fromMs = performance.now()
    first.signal('SIGKILL')
    await areBack('a worker was killed', moved, fromMs)
    await runsAt(lecture, (worker) => worker === third)
    expect(backup.hasEnded()).toBe(false)
    const starting = first.start()
    await viewersGoOn()
    await starting
    await eventually('it is back', async () => (await online()).length === 3, patient)
  })
})

describe('two workers at once, one cut off from control and one asleep,', () => {
  it('leave their streams to the third, in time: no destination has two publishers', async () => {
    const moved = [...(await heldBy(second)), ...(await heldBy(third))]
    expect(moved).toContain(lecture)
    const fromMs = performance.now()
    second.toControl.blackhole()
    third.signal('SIGSTOP')
    await encode(first, lecture)
    await areBack('one worker was cut off and another stopped', moved, fromMs)
    await Promise.all(moved.map((stream) => runsAt(stream, (worker) => worker === first)))
    const isCutOffAlone = 'This worker is cut off, and others are not'
    await eventually('it knows that it is cut off', () => second.process!.stderr().includes(isCutOffAlone), patient)
    await viewersGoOn()
  })

  it('leave them alone when they are back', async () => {
    const saidBefore = third.process!.stderr().length
    second.toControl.heal()
    third.signal('SIGCONT')
    const hasEnded = () => /"code":"worker_lost"/.test(third.process!.stderr().slice(saidBefore))
    await eventually('the one that was asleep ends what it ran', hasEnded, patient)
    await eventually('both are back', async () => (await online()).length === 3, patient)
    for (const stream of all()) expect(longestOverlapMs(sessionsOf(stream))).toBeLessThan(leaseMs)
    expect(await heldBy(first)).toHaveLength(all().length)
  })
})

describe('a worker that reaches neither control nor other workers any more, but platforms,', () => {
  it('ends what it ran before others go on with it', async () => {
    const others = [second, third]
    // Those that run nothing ask nobody.
    await Promise.all(others.map(({ fromOthers }) => fromOthers.told('control_answered_ms_ago')))
    expect(await heldBy(first)).toHaveLength(all().length)
    const saidBefore = first.process!.stderr().length
    const fromMs = performance.now()
    first.toControl.blackhole()
    for (const { fromOthers } of others) fromOthers.blackhole()
    await areBack('a worker was cut off from all others', tests, fromMs)
    expect(first.process!.stderr().slice(saidBefore)).toContain('This worker is cut off, and others are not')
    for (const way of [first.toControl, second.fromOthers, third.fromOthers]) way.heal()
    await encode(second, lecture)
    await runsAt(lecture, (worker) => worker !== first)
    await eventually('it is back', async () => (await online()).length === 3, patient)
    for (const stream of all()) expect(longestOverlapMs(sessionsOf(stream))).toBeLessThan(leaseMs)
  })
})

describe('a control plane that is killed, and started again when all leases are as good as over,', () => {
  it('finds all as it was: who runs what, how it is set up, and what happened', async () => {
    const before = await Promise.all(all().map(steady))
    const holders = await Promise.all(all().map(async ({ id }) => (await fleet.holderOf(id))?.name))
    const sent = all().map((stream) => sessionsOf(stream).length)
    await fleet.weir.control!.end('SIGKILL')
    const awayForMs = async ({ originUrl }: FleetWorker) => {
      const answer = await fetch(`${originUrl}/witness`)
      return ((await answer.json()) as { control_answered_ms_ago: number }).control_answered_ms_ago
    }
    const isLong = async () => (await Promise.all(fleet.workers.map(awayForMs))).every((ms) => ms > 13_000)
    await eventually('no worker has heard of it for so long', isLong, patient)
    await fleet.weir.startControl()
    await Promise.all(all().map((stream) => runsAt(stream, () => true)))
    await viewersGoOn()
    expect(await Promise.all(all().map(async ({ id }) => (await fleet.holderOf(id))?.name))).toEqual(holders)
    expect(await Promise.all(all().map(steady))).toEqual(before)
    expect(all().map((stream) => sessionsOf(stream).length)).toEqual(sent)
    for (const stream of all()) {
      await eventually('every event that a worker told of is there', async () => {
        const kept = (await fleet.weir.events(stream.id)).map(({ type, detail }) => `${type} ${detail}`)
        const missing = eventsToldOf(stream).filter((event) => !kept.includes(event))
        if (missing.length > 0) throw new Error(`${stream.name} lacks ${missing.join(', ')}`)
        return true
      })
    }
    const lost = (await Promise.all(all().map(({ id }) => fleet.weir.events(id)))).flat().map(({ type }) => type)
    expect(lost).toContain('stream.worker_lost')
  })
})

describe('a worker that is emptied', () => {
  it('hands its streams over, the new session after the old one', async () => {
    const sentBefore = new Map(tests.map((stream) => [stream, sessionsOf(stream).length]))
    const emptied = await runsAt(tests[0]!, () => true)
    await fleet.weir.api('PATCH', `/v1/workers/${emptied.id}`, { draining: true })
    const moved = await eventually(
      'one of them is sent by another worker',
      () => tests.find((stream) => sessionsOf(stream).length > sentBefore.get(stream)!),
      { ...patient, timeoutMs: 40_000 },
    )
    const [old, next] = sessionsOf(moved).slice(-2)
    expect(next!.fromMs).toBeGreaterThanOrEqual(old!.lastMs)
    await runsAt(moved, (worker) => worker !== emptied)
  })
})

const heldBy = async (worker: FleetWorker) => {
  const held = await Promise.all(all().map(async (stream) => (await fleet.holderOf(stream.id)) === worker && stream))
  return held.filter((stream) => stream !== false)
}
async function online(): Promise<unknown[]> {
  const { data } = await fleet.weir.api<{ data: { state: string }[] }>('GET', '/v1/workers')
  return data.filter(({ state }) => state === 'online')
}
/** Every one of these is sent to its destination by a publisher that began after `fromMs`, in time. */
async function areBack(after: string, streams: readonly Stream[], fromMs: number): Promise<void> {
  const took = await Promise.all(streams.map((stream) => backAfter(stream, fromMs)))
  process.stdout.write(`back after ${after}: ${took.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s\n`)
  for (const ms of took) expect(ms).toBeLessThan(promisedMs + slackMs)
  for (const stream of streams) expect(longestOverlapMs(sessionsOf(stream))).toBeLessThan(leaseMs)
}
/** What the logs of all workers have as events of a stream, but for the end of sessions that lost it: control has told of that. */
function eventsToldOf({ id }: LiveStream): string[] {
  const lines = fleet.workers.flatMap((worker) => worker.process!.stderr().split('\n'))
  const told = lines
    .filter((line) => line.includes('"event":') && line.includes(id))
    .map((line) => JSON.parse(line) as { event: string; msg: string; code?: string; session: string })
  const lost = new Set(told.filter(({ code }) => code === 'worker_lost').map(({ session }) => session))
  return told
    .filter(({ event, session }) => !(lost.has(session) && event.endsWith('.idle')))
    .map(({ event, msg }) => `${event} ${msg}`)
}
