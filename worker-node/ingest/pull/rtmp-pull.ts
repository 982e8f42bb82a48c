import type { Egress } from '../egress/egress.ts'
import { createRtmpSource } from '../rtmp-source.ts'
import type { Source } from '../source.ts'
import { PullError } from './pull-error.ts'
import { playRtmp } from './rtmp-play.ts'
import { RtmpRedirect } from './rtmp-refusal.ts'

export interface RtmpPullOptions {
  readonly egress: Egress
  readonly signal: AbortSignal
  readonly onSource: (source: Source) => void
}

const mostRedirects = 4

/** Plays an RTMP stream as a source until it is over; gives why. Throws a PullError or an EgressError where it does not begin. */
export async function pullRtmp(address: string, options: RtmpPullOptions): Promise<Error> {
  const { egress, signal } = options
  let url = new URL(address)
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    try {
      const { publication, over } = await playRtmp(url, egress.options, signal)
      options.onSource(createRtmpSource(publication))
      return await over
    } catch (error) {
      if (!(error instanceof RtmpRedirect)) throw error
      url = error.to
    }
  }
  return new PullError('address_unsupported', `${url.hostname} redirects in a circle.`, 'Check the address.')
}
