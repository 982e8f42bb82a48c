import { messageType } from '#worker/rtmp/messages.ts'
import { aacHeader, avcHeader, RtmpPeer } from '../support/rtmp-peer.ts'
import { testRtmpServer } from '../support/rtmp-server.ts'
import { printTable, quantile } from './table.ts'

// What handing an encoder on from one worker to another adds: the time from an encoder's write of a picture until its stream's worker has
// it, with the worker in between and without. All in one process, so both workers' work is in it.
const pictures = 1_000
const payload = Buffer.concat([Buffer.from([0x27, 1, 0, 0, 0]), Buffer.alloc(15_000, 7)])

const holder = await testRtmpServer()
const near = await testRtmpServer({
  authorize: async () => ({
    ...{ accept: false, code: 'NetStream.Publish.Denied', description: '' },
    holder: { rtmp_url: `rtmp://127.0.0.1:${holder.port}/live` },
  }),
})
// The first runs of each way only warm the code up.
await measure(holder.port, 'warm')
await measure(near.port, 'warm-relayed')
const direct = await measure(holder.port, 'direct')
const relayed = await measure(near.port, 'relayed')
const row = (name: string, ms: readonly number[]) => [
  name,
  ...[0.5, 0.99].map((share) => quantile(ms, share).toFixed(2)),
]
printTable(`${pictures} pictures of 15 KB (3 Mbit/s at 25 fps, sent 8 times as fast), ms from write to worker`, [
  ['', 'p50', 'p99'],
  row('straight to its worker', direct),
  row('handed on by another', relayed),
])
await Promise.all([near.close(), holder.close()])
process.exit(0)

async function measure(port: number, key: string): Promise<number[]> {
  const peer = await RtmpPeer.publish(port, key)
  const publication = await holder.publication(key)
  peer.video(0, avcHeader)
  peer.audio(0, aacHeader)
  let got = 0
  const reader = publication.openFlv()
  reader.on('data', (chunk: Buffer) => {
    got += chunk.length
  })
  const took: number[] = []
  for (let number = 1; number <= pictures; number++) {
    const before = got
    const frame = Buffer.from(payload)
    if (number % 25 === 1) frame[0] = 0x17
    const sentMs = performance.now()
    peer.send({ type: messageType.video, timestamp: number * 40, streamId: 1, payload: frame })
    while (got - before < frame.length) await new Promise((resolve) => setImmediate(resolve))
    took.push(performance.now() - sentMs)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  peer.socket.destroy()
  return took
}
