import type { PublicationEnd, RtmpPublication } from './rtmp/publication.ts'
import type { Source, SourceEnd } from './source.ts'

/** An encoder that publishes over RTMP, as a source. */
export function createRtmpSource(publication: RtmpPublication): Source {
  return {
    input: { kind: 'stdin', format: 'flv' },
    ready: publication.ready,
    describe: () => publication.description(),
    ended: publication.closed.then(toSourceEnd),
    get bytesReceived() {
      return publication.received().bytes
    },
    get heldBack() {
      return publication.heldBack
    },
    open: () => publication.openFlv(),
    close: (why, goesElsewhere) => publication.close(why, goesElsewhere),
  }
}

function toSourceEnd({ reason, detail }: PublicationEnd): SourceEnd {
  if (reason === 'unpublished' || reason === 'closed_by_us') return { reason: 'ended', detail }
  return { reason: reason === 'unsupported_media' ? 'refused' : 'lost', detail }
}
