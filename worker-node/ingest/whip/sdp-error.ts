/** An offer that is not taken. 400: it is not SDP. 422: it is, and asks for what Weir can't do. */
export class SdpRefused extends Error {
  override readonly name = 'SdpRefused'
  readonly status: 400 | 422

  constructor(status: 400 | 422, message: string) {
    super(message)
    this.status = status
  }
}
