import { html, type TemplateResult } from 'lit'

/** An icon of one path on a grid of 20. */
export const icon = (path: string): TemplateResult => html`
  <svg class="icon" viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.7"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path}></path></svg>`

export const addIcon = icon('M10 4v12M4 10h12')
export const copyIcon = icon(
  'M8 7h7a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1ZM13 4H5a1 1 0 0 0-1 1v8',
)
export const doneIcon = icon('m4 10.5 4 4 8-9')
export const pauseIcon = icon('M7 5v10M13 5v10')
export const playIcon = icon('M7 4.5v11l9-5.5-9-5.5Z')
export const retryIcon = icon('M15.5 8A6 6 0 1 0 16 11M16 4v4h-4')
export const removeIcon = icon('m5 5 10 10M15 5 5 15')
export const warningIcon = icon(
  'M10 7v4M10 14v.1M8.9 3.6 2.6 14.5a1.3 1.3 0 0 0 1.1 2h12.6a1.3 1.3 0 0 0 1.1-2L11.1 3.6a1.3 1.3 0 0 0-2.2 0Z',
)
export const upIcon = icon('M10 16V4M5 9l5-5 5 5')
export const downIcon = icon('M10 4v12M5 11l5 5 5-5')
export const watchIcon = icon('M8 4H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1v-3M11 4h5v5M16 4l-7 7')
export const showIcon = icon('M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z')
export const hideIcon = icon(
  'M3 3l14 14M8 5.3A8 8 0 0 1 10 5c5 0 8 5 8 5a14 14 0 0 1-2.4 2.8M5 6.7A14 14 0 0 0 2 10s3 5 8 5c1 0 2-.2 2.8-.5',
)
export const offIcon = icon('M10 3v7M6 5.3a6.5 6.5 0 1 0 8 0')
export const stopIcon = icon('M6 5h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z')
export const settingsIcon = icon(
  'M4 6h6M14 6h2M4 14h2M10 14h6M12 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM8 12a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
)
/** The mark of Weir: water over a step. */
export const weirIcon = html`
  <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <rect width="32" height="32" rx="8"></rect>
    <path d="M6 11h12v6c0 3 2 4 4 4h4M6 17h8c0 6 3 9 8 9" fill="none" stroke-width="2.6" stroke-linecap="round"></path>
  </svg>`
