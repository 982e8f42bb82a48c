import { type Content, cameraSize, framesPerSecond, type Quality } from './quality.ts'

/** Something of the visitor's machine could not be had; the message says what to do. */
export class CaptureProblem extends Error {
  override readonly name = 'CaptureProblem'
}

export type Wanted = 'camera' | 'microphone' | 'screen'

/** Whether this browser, on this page, gives camera and microphone at all. */
export function captureProblem(navigator: Navigator): string | null {
  if (navigator.mediaDevices && 'RTCPeerConnection' in globalThis) return null
  if (!globalThis.isSecureContext)
    return 'Browsers give camera and screen to secure pages only. Open this page with https://, or on the machine that Weir runs on.'
  return 'This browser can’t send pictures. Use a current Chrome, Edge, Firefox or Safari.'
}

export const canShareScreen = (navigator: Navigator): boolean => 'getDisplayMedia' in (navigator.mediaDevices ?? {})

/** A camera's picture. Throws {@link CaptureProblem}. */
export async function openCamera(deviceId: string | null, quality: Quality): Promise<MediaStreamTrack> {
  const video = { ...cameraSize(quality), ...(deviceId !== null && { deviceId: { exact: deviceId } }) }
  const stream = await explained('camera', () => navigator.mediaDevices.getUserMedia({ video }))
  return firstOf(stream.getVideoTracks(), 'camera')
}

/** A microphone, with the browser's cleaning of speech. Throws {@link CaptureProblem}. */
export async function openMicrophone(deviceId: string | null): Promise<MediaStreamTrack> {
  const audio = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId !== null && { deviceId: { exact: deviceId } }),
  }
  const stream = await explained('microphone', () => navigator.mediaDevices.getUserMedia({ audio }))
  return firstOf(stream.getAudioTracks(), 'microphone')
}

/** A shared screen, window or tab, and its sound where the browser gives one. Throws {@link CaptureProblem}. */
export async function openScreen(
  content: Content,
): Promise<{ readonly picture: MediaStreamTrack; readonly sound: MediaStreamTrack | null }> {
  const options = {
    video: { frameRate: { ideal: framesPerSecond, max: framesPerSecond } },
    // What plays on the screen comes as it is: echo and noise are for microphones.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    systemAudio: 'include',
    surfaceSwitching: 'include',
    selfBrowserSurface: 'exclude',
  }
  const stream = await explained('screen', () => navigator.mediaDevices.getDisplayMedia(options))
  const picture = firstOf(stream.getVideoTracks(), 'screen')
  picture.contentHint = contentHint(content)
  return { picture, sound: stream.getAudioTracks()[0] ?? null }
}

/** How the browser's encoder takes a picture. */
export const contentHint = (content: Content): string => (content === 'text' ? 'detail' : 'motion')

async function explained(wanted: Wanted, open: () => Promise<MediaStream>): Promise<MediaStream> {
  try {
    return await open()
  } catch (error) {
    throw new CaptureProblem(captureWords(wanted, error instanceof Error ? error.name : ''), { cause: error })
  }
}

/** Why something could not be had, by the name of the browser's error (Media Capture and Streams §10.2). */
export function captureWords(wanted: Wanted, errorName: string): string {
  const the = `the ${wanted}`
  switch (errorName) {
    case 'NotAllowedError':
      return wanted === 'screen'
        ? 'Nothing was shared. Choose a screen, a window or a tab; on a Mac, allow the browser to record the screen first.'
        : `The browser may not use ${the}. Allow it at the left of the address bar, then try again.`
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `There is no ${wanted}, or not the chosen one any more. Plug it in, or choose another.`
    case 'NotReadableError':
    case 'AbortError':
      return `Another program has ${the}. Close it there, then try again.`
    default:
      return `The browser does not give ${the}. Reload this page and try again.`
  }
}

function firstOf(tracks: readonly MediaStreamTrack[], wanted: Wanted): MediaStreamTrack {
  const [track] = tracks
  if (!track) throw new CaptureProblem(captureWords(wanted, 'NotFoundError'))
  return track
}

export interface Device {
  readonly id: string
  readonly name: string
}

/** Cameras and microphones that are there. Before the visitor has allowed one, browsers don't name them. */
export async function listDevices(): Promise<{ readonly cameras: Device[]; readonly microphones: Device[] }> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  const named = (kind: MediaDeviceKind, fallback: string): Device[] =>
    devices
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }, index) => ({ id: deviceId, name: label || `${fallback} ${index + 1}` }))
  return { cameras: named('videoinput', 'Camera'), microphones: named('audioinput', 'Microphone') }
}
