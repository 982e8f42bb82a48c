/** The peer broke the protocol or one of our limits; its connection must end. The message is fit for a log: it holds no peer data. */
export class RtmpProtocolError extends Error {
  override readonly name = 'RtmpProtocolError'
}
