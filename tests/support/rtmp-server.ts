import type { RtmpPublication } from '#worker/ingest/rtmp/publication.ts'
import { type RtmpServer, type RtmpServerOptions, startRtmpServer } from '#worker/ingest/rtmp/server.ts'
import { eventually } from './eventually.ts'

/** A running RTMP server on a free port that remembers what it was given. */
export interface TestRtmpServer extends RtmpServer {
  readonly publications: RtmpPublication[]
  /** Keys that `authorize` was asked about. */
  readonly asked: string[]
  url(streamKey: string): string
  /** The newest publication with this key, once there. */
  publication(streamKey: string): Promise<RtmpPublication>
}

/** Starts one. Every key is accepted but `refused`, unless `authorize` says otherwise. */
export async function testRtmpServer(options: Partial<RtmpServerOptions> = {}): Promise<TestRtmpServer> {
  const publications: RtmpPublication[] = []
  const asked: string[] = []
  const server = await startRtmpServer({
    host: '127.0.0.1',
    port: 0,
    ...options,
    authorize: async (wanted, remoteAddress) => {
      const { streamKey, isRelayed } = wanted
      asked.push(isRelayed ? `${streamKey} handed on` : streamKey)
      if (options.authorize) return options.authorize(wanted, remoteAddress)
      if (streamKey !== 'refused') return { accept: true }
      return { accept: false, code: 'NetStream.Publish.Denied', description: 'No live stream has this stream key.' }
    },
    onPublication: (publication) => {
      publications.push(publication)
      options.onPublication?.(publication)
    },
  })
  return {
    ...server,
    publications,
    asked,
    url: (streamKey) => `rtmp${options.tls ? 's' : ''}://127.0.0.1:${server.port}/live/${streamKey}`,
    publication: (streamKey) =>
      eventually(`${streamKey} is published`, () => publications.findLast((each) => each.streamKey === streamKey)),
  }
}
