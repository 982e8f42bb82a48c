import { svg, type TemplateResult } from 'lit'

const icon = (path: string): TemplateResult => svg`
  <svg viewBox="0 0 24 24" width="24" height="24" fill="currentColor" aria-hidden="true"><path d=${path}></path></svg>`

export const playIcon = icon('M8 5.2v13.6c0 .8.9 1.3 1.5.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 4 8 4.4 8 5.2Z')
export const pauseIcon = icon(
  'M7 5h3a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Zm7 0h3a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z',
)
export const soundIcon = icon(
  'M4 9v6h4l4.3 4.3c.6.6 1.7.2 1.7-.7V5.4c0-.9-1.1-1.3-1.7-.7L8 9H4Zm12.5 3a4 4 0 0 0-2-3.5v7a4 4 0 0 0 2-3.5Zm-2-8.5v2.1a7 7 0 0 1 0 12.8v2.1a9 9 0 0 0 0-17Z',
)
export const mutedIcon = icon(
  'M4 9v6h4l4.3 4.3c.6.6 1.7.2 1.7-.7V5.4c0-.9-1.1-1.3-1.7-.7L8 9H4Zm17.7 1.7-1.4-1.4L18 11.6l-2.3-2.3-1.4 1.4 2.3 2.3-2.3 2.3 1.4 1.4 2.3-2.3 2.3 2.3 1.4-1.4-2.3-2.3 2.3-2.3Z',
)
export const informationIcon = icon(
  'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm-1 6h2v6h-2v-6Zm0-4h2v2h-2V7Z',
)
export const fullscreenIcon = icon('M5 5h5v2H7v3H5V5Zm9 0h5v5h-2V7h-3V5ZM5 14h2v3h3v2H5v-5Zm12 0h2v5h-5v-2h3v-3Z')
export const exitFullscreenIcon = icon('M8 5h2v5H5V8h3V5Zm6 0h2v3h3v2h-5V5ZM5 14h5v5H8v-3H5v-2Zm9 0h5v2h-3v3h-2v-5Z')
export const pictureInPictureIcon = icon(
  'M4 5h16a1 1 0 0 1 1 1v5h-2V7H5v10h6v2H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Zm9 8h8v6h-8v-6Z',
)
