/** What the browser allowed: as it was, without sound only, nothing before a tap; or it was not to play any more. */
export type PlayOutcome = 'played' | 'muted' | 'needs_gesture' | 'given_up'

/** Plays a video, without sound where the browser does not allow more before a tap. */
export async function playOrMute(video: HTMLVideoElement): Promise<PlayOutcome> {
  if (!(await isRefused(video))) return 'played'
  if (video.muted) return 'needs_gesture'
  video.muted = true
  return (await isRefused(video)) ? 'needs_gesture' : 'muted'
}

/** Another failure than the browser's refusal is the engine's affair. */
const isRefused = (video: HTMLVideoElement): Promise<boolean> =>
  video.play().then(
    () => false,
    (error: unknown) => error instanceof DOMException && error.name === 'NotAllowedError',
  )
