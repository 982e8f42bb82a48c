const size = { width: 1280, height: 720 }
/** Often enough that nobody takes it for a picture that stalls, milliseconds. */
const paintEachMs = 100

/** A dark picture for while there is sound alone. Where no picture came at all, viewers would get the slate, without the sound. */
export class PlainPicture {
  #track: MediaStreamTrack | null = null
  #timer: ReturnType<typeof setInterval> | undefined

  /** The track, which is painted until `close`. */
  open(): MediaStreamTrack | null {
    if (this.#track) return this.#track
    const canvas = Object.assign(document.createElement('canvas'), size)
    const context = canvas.getContext('2d')
    const paint = () => {
      if (!context) return
      context.fillStyle = '#0b0f13'
      context.fillRect(0, 0, size.width, size.height)
    }
    paint()
    this.#timer = setInterval(paint, paintEachMs)
    this.#track = canvas.captureStream().getVideoTracks()[0] ?? null
    return this.#track
  }

  close(): void {
    clearInterval(this.#timer)
    this.#track?.stop()
    this.#track = null
  }
}
