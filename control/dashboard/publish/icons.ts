import { icon } from '../components/icons.ts'

export const cameraIcon = icon(
  'M4 6h7a1.5 1.5 0 0 1 1.5 1.5v5A1.5 1.5 0 0 1 11 14H4a1.5 1.5 0 0 1-1.5-1.5v-5A1.5 1.5 0 0 1 4 6ZM12.5 9l5-2.5v7l-5-2.5',
)
export const screenIcon = icon(
  'M3.5 4h13A1.5 1.5 0 0 1 18 5.5v7a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 2 12.5v-7A1.5 1.5 0 0 1 3.5 4ZM7 17h6M10 14v3',
)
export const microphoneIcon = icon(
  'M10 3a2.3 2.3 0 0 1 2.3 2.3v4a2.3 2.3 0 0 1-4.6 0v-4A2.3 2.3 0 0 1 10 3ZM5 9.3a5 5 0 0 0 10 0M10 14.3V17M7.5 17h5',
)
export const mutedIcon = icon(
  'M3 3l14 14M12.3 9V5.3a2.3 2.3 0 0 0-4.4-.9M7.7 7.7v1.6a2.3 2.3 0 0 0 3.4 2M5 9.3a5 5 0 0 0 8 4M15 9.3a5 5 0 0 1-.4 2M10 14.3V17M7.5 17h5',
)
