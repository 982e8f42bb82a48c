import { connect, createServer } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import type { ConnectionEnds, ConnectionTable } from '#worker/fanout/kernel-queue.ts'
import { rowKey } from '#worker/fanout/kernel-queue.ts'
import { KernelWatch, readConnectionTable } from '#worker/fanout/kernel-watch.ts'

const ends = (localPort: number, address = '127.0.0.1'): ConnectionEnds => ({
  localAddress: address,
  localPort,
  remoteAddress: address,
  remotePort: 1935,
})
const row = (of: ConnectionEnds, queuedBytes: number) =>
  `   1: ${rowKey(of)} 01 ${queuedBytes.toString(16).toUpperCase().padStart(8, '0')}:00000000 00:00000000\n`

let clock: ManualClock
let tables: Partial<Record<ConnectionTable, string>>
let asked: ConnectionTable[]
let watch: KernelWatch
beforeEach(() => {
  clock = new ManualClock()
  tables = {}
  asked = []
  watch = new KernelWatch(clock, (table) => {
    asked.push(table)
    const text = tables[table]
    if (text === undefined) throw new Error('ENOENT')
    return text
  })
})

/** Watches a connection that is in doubt as long as `doubts` says so; gives its readings. */
function follow(of: ConnectionEnds, doubts = () => true) {
  const readings: (number | undefined)[] = []
  const unwatch = watch.watch({ ends: of, inDoubt: doubts, onReading: (bytes) => readings.push(bytes) })
  return { readings, unwatch }
}

describe('KernelWatch', () => {
  it('asks once for all connections, each half second', async () => {
    tables.tcp = row(ends(1), 10) + row(ends(2), 0) + row(ends(3), 30)
    const followed = [1, 2, 3].map((port) => follow(ends(port)))
    await clock.advance(1_000)
    expect(followed.map(({ readings }) => readings)).toEqual([
      [10, 10],
      [0, 0],
      [30, 30],
    ])
    expect(asked).toEqual(['tcp', 'tcp'])
  })

  it('asks where one is in doubt, and tells the others too', async () => {
    tables.tcp = row(ends(1), 10) + row(ends(2), 20)
    let doubted = false
    const doubtful = follow(ends(1), () => doubted)
    const sure = follow(ends(2), () => false)
    await clock.advance(5_000)
    expect(asked).toEqual([])
    doubted = true
    await clock.advance(500)
    expect([doubtful.readings, sure.readings]).toEqual([[10], [20]])
  })

  it('reads the table of IPv6 for its connections alone', async () => {
    tables.tcp6 = row(ends(1, '::1'), 10)
    const followed = follow(ends(1, '::1'))
    await clock.advance(500)
    expect([followed.readings, asked]).toEqual([[10], ['tcp6']])
  })

  it('says once that it can know nothing, where there is no table or no such row', async () => {
    tables.tcp = row(ends(1), 10)
    const known = follow(ends(1))
    const unknown = follow(ends(2))
    const withoutTable = follow(ends(3, '::1'))
    await clock.advance(1_500)
    expect(known.readings).toEqual([10, 10, 10])
    expect([unknown.readings, withoutTable.readings]).toEqual([[undefined], [undefined]])
    expect(asked.filter((table) => table === 'tcp6')).toHaveLength(1)
  })

  it('bears that a row is passed over once', async () => {
    tables.tcp = row(ends(1), 10)
    const followed = follow(ends(1))
    await clock.advance(500)
    tables.tcp = ''
    await clock.advance(500)
    tables.tcp = row(ends(1), 20)
    await clock.advance(500)
    expect(followed.readings).toEqual([10, 20])
  })

  it('keeps no timer for nobody', async () => {
    tables.tcp = row(ends(1), 10)
    const [first, second] = [follow(ends(1)), follow(ends(2))]
    await clock.advance(1_000)
    expect(second.readings).toEqual([undefined])
    expect(clock.pending).toBe(1)
    first.unwatch()
    second.unwatch()
    expect(clock.pending).toBe(0)
  })

  it('bears that a connection is forgotten at its reading', async () => {
    tables.tcp = row(ends(1), 10) + row(ends(2), 20)
    const unwatch = watch.watch({ ends: ends(1), inDoubt: () => true, onReading: () => unwatch() })
    const other = follow(ends(2))
    await clock.advance(1_000)
    expect(other.readings).toEqual([20, 20])
  })
})

describe.runIf(process.platform === 'linux')("Linux's own tables", () => {
  for (const [name, host] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
    ['IPv4 written as IPv6', '::ffff:127.0.0.1'],
  ] as const)
    it(`tell how much a peer over ${name} that does not read has left with us`, async ({ skip }) => {
      const server = createServer({ pauseOnConnect: true })
      onTestFinished(() => void server.close())
      const isUp = new Promise<boolean>((resolve) =>
        server.once('error', () => resolve(false)).listen(0, '::', () => resolve(true)),
      )
      if (!(await isUp)) skip('no IPv6 here')
      const address = server.address()
      const socket = connect(typeof address === 'object' && address ? address.port : 0, host)
      onTestFinished(() => void socket.destroy())
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      const sizeBytes = 1_000_000
      await new Promise((resolve) => socket.write(Buffer.alloc(sizeBytes), resolve))
      watch = new KernelWatch(clock, readConnectionTable)
      const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket
      const followed = follow({ localAddress, localPort, remoteAddress, remotePort })
      // A row may be passed over once.
      for (let asked = 0; followed.readings.length === 0 && asked < 2; asked++) await clock.advance(500)
      expect(followed.readings[0]).toBeGreaterThan(sizeBytes / 4)
      expect(followed.readings[0]).toBeLessThanOrEqual(sizeBytes)
    })
})
