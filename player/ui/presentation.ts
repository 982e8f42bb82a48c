/** Fills the screen with the player, or leaves it. */
export async function toggleFullscreen(player: HTMLElement, video: IPhoneVideo): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen()
  // An iPhone lets only the video itself fill the screen.
  if (player.requestFullscreen) await player.requestFullscreen().catch(() => {})
  else video.webkitEnterFullscreen?.()
}

/** Shows the video in a small window over all others, or puts it back. */
export async function togglePictureInPicture(video: HTMLVideoElement): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture()
  else await video.requestPictureInPicture().catch(() => {})
}

interface IPhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?(): void
}
