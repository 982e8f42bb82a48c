import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { mutate } from '#tests/support/mutate.ts'
import { descendants } from '#tests/support/processes.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { ffmpegCaller, passphrase, testSrtServer } from '#tests/support/srt.ts'
import { conclusion, induction, keyMaterial, SrtPeer } from '#tests/support/srt-handshake.ts'
import { avFixture, decoded, decodedUntilCut } from '#tests/support/transport-stream.ts'
import { TransportStreamIntake } from '#worker/ingest/mpegts/transport-stream-intake.ts'
import { readConclusion } from '#worker/ingest/srt/conclusion.ts'
import { rewrapKeys } from '#worker/ingest/srt/key-material.ts'
import { latencyFor } from '#worker/ingest/srt/latency.ts'
import { readHandshake, writeHandshake } from '#worker/srt/handshake.ts'

const handshakes = [conclusion('publish:refused'), conclusion('#!::r=refused,m=publish'), induction(conclusion('x'))]

describe('mutated bytes', () => {
  it('throw nothing out of the handshake reader, 20,000 times', () => {
    const random = new SeededRandom(21)
    const datagrams = handshakes.map(writeHandshake) as [Buffer, ...Buffer[]]
    let read = 0
    for (let round = 0; round < 20_000; round++) {
      const handshake = readHandshake(mutate(random.pick(datagrams), random))
      if (!handshake) continue
      read++
      readConclusion(handshake)
      expect(latencyFor(handshake)).toBeLessThanOrEqual(8_000)
      expect(writeHandshake(handshake).length).toBeGreaterThanOrEqual(64)
    }
    expect(read).toBeGreaterThan(5_000)
  })

  it('open no keys, 500 times', async () => {
    const random = new SeededRandom(22)
    for (let round = 0; round < 500; round++)
      expect([undefined, 'malformed']).toContain(
        await rewrapKeys(mutate(keyMaterial(random.pick([16, 24, 32])), random), passphrase, 'another one'),
      )
  })

  it('throw nothing out of the transport stream intake, 20,000 packets, and take no memory', async () => {
    const random = new SeededRandom(23)
    const stream = await readFile(await avFixture())
    const intake = new TransportStreamIntake({ protocol: 'srt', maxBehindBytes: 200_000 })
    let reader = intake.open()
    const rssBefore = process.memoryUsage().rss
    for (let round = 0; round < 20_000; round++) {
      const at = 188 * random.below(stream.length / 188)
      const packet = stream.subarray(at, at + 188)
      intake.push(random.below(3) === 0 ? packet : mutate(packet, random))
      intake.describe()
      if (round % 500 === 0) {
        if (random.below(2) === 0) reader = intake.open()
        else reader.resume()
        await setImmediate()
        reader.pause()
      }
    }
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(100 * 1024 * 1024)
    intake.end()
    reader.resume()
    // What was well-formed still counts.
    expect(intake.received().bytes).toBeGreaterThan(500_000)
  })
})

describe('a live server under 12,000 mutated handshakes and as much garbage', () => {
  it('goes on: a caller beside them loses not one frame, and no listener is left', async () => {
    const random = new SeededRandom(24)
    const file = await avFixture({ seconds: 10, kbps: 1_500 })
    const frames = await decoded(file, 'v')
    const server = await testSrtServer({
      limits: { handshakesPerSecond: 60_000, callersPerAddress: 1_000, openingMs: 500, liveMs: 10_000 },
    })
    const caller = ffmpegCaller(file, server.url('publish:good'))
    const { source, file: received, written } = await server.source('good')
    const rssBefore = process.memoryUsage().rss
    const peers = await Promise.all(Array.from({ length: 4 }, () => SrtPeer.open(server.port)))
    const ready = await Promise.all(peers.map((peer, index) => peer.withCookie(handshakes[index % 2]!)))
    for (let round = 0; round < 3_000; round++) {
      for (const [index, peer] of peers.entries()) {
        peer.send(mutate(writeHandshake({ ...ready[index]!, socketId: round }), random))
        peer.send(random.bytes(random.below(100)))
      }
      // As fast as the one thread of both goes, with room for the caller.
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    for (const peer of peers) peer.close()
    const atTheEnd = source.bytesReceived
    await eventually('the caller still sends', () => source.bytesReceived > atTheEnd + 50_000)
    source.close('That was enough.')
    await written
    const seen = await decodedUntilCut(await readFile(received))
    expect(seen.length).toBeGreaterThan(30)
    expect(seen).toEqual(frames.slice(0, seen.length))
    expect(server.logged.length).toBeGreaterThan(1_000)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(150 * 1024 * 1024)
    caller.kill()
    await server.close()
    expect(descendants(process.pid, 'mode=listener')).toEqual([])
  })
})
