/** How much of the picture is sent. */
export interface Quality {
  readonly id: 'high' | 'normal' | 'low'
  readonly name: string
  readonly height: number
  readonly maxKbps: number
}

/** Best first. */
export const qualities: readonly Quality[] = [
  { id: 'high', name: 'Full HD, 1080p: needs fast internet', height: 1080, maxKbps: 5_000 },
  { id: 'normal', name: 'HD, 720p: right for most', height: 720, maxKbps: 2_500 },
  { id: 'low', name: 'Small, 480p: for slow internet', height: 480, maxKbps: 1_000 },
]

export const usualQuality = qualities[1] as Quality

/** What is in the picture: text wants sharpness, films want every frame. */
export type Content = 'text' | 'motion'

export const framesPerSecond = 30

/** What a camera is asked for. */
export const cameraSize = ({ height }: Quality): MediaTrackConstraints => ({
  width: { ideal: Math.round((height * 16) / 9) },
  height: { ideal: height },
  frameRate: { ideal: framesPerSecond, max: framesPerSecond },
})

/** By how much a captured picture is made smaller before it is sent. */
export const downscale = ({ height }: Quality, captured: number | undefined): number =>
  captured === undefined ? 1 : Math.max(1, captured / height)
