import type { IncomingMessage } from 'node:http'
import { mediaTypes, WhipRefusal } from './answers.ts'
import { chooseMedia, type MediaChoice } from './codec-choice.ts'
import { SdpRefused } from './sdp-error.ts'
import { readOffer, type SdpOffer } from './sdp-offer.ts'

/** An offer that can be taken, and what of it. Throws {@link WhipRefusal}. */
export function readPublishable(body: string): { readonly offer: SdpOffer; readonly choice: MediaChoice } {
  try {
    const offer = readOffer(body)
    if (offer.setup === 'passive')
      throw new SdpRefused(422, 'The publisher must open the encrypted connection: offer a=setup:actpass or active.')
    return { offer, choice: chooseMedia(offer) }
  } catch (error) {
    if (!(error instanceof SdpRefused)) throw error
    throw new WhipRefusal(error.status === 400 ? 'invalid_sdp' : 'validation_failed', error.message)
  }
}

/** Whether an Accept header lets SDP through; clients that leave it out take anything. */
export function acceptsSdp(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    return (
      ['*/*', 'application/*', mediaTypes.sdp].includes(type) && !parameters.some((each) => /^q=0(\.0*)?$/.test(each))
    )
  })
}

/** The input that the address asks for, `?input=in_…`; null: any. */
export function inputIdOf(query: string): string | null {
  const id = new URLSearchParams(query).get('input')
  return id !== null && /^[\w-]{1,64}$/.test(id) ? id : null
}

/** The peer's address; an IPv4 one as such, where IPv6 wraps it. */
export const addressOf = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
