import type { Asset } from '#schema/contracts/asset.ts'
import type { TestControl } from './control-server.ts'

/** The first bytes of each format, as {@link assetBytes} begins. */
export const magic = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff, 0xe0],
  webp: [...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBPVP8 ')],
  animatedWebp: [...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBPVP8X'), 10, 0, 0, 0, 0x02],
  mp4: [0, 0, 0, 24, ...ascii('ftypisom')],
  quicktime: [0, 0, 0, 8, ...ascii('wide')],
  webm: [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84, ...ascii('webm')],
  matroska: [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x88, ...ascii('matroska')],
} as const satisfies Record<string, readonly number[]>

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0))
}

/** A file that only begins like one of that format. */
export function assetBytes(format: keyof typeof magic, sizeBytes = 1_000): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes).map((_, index) => (index * 31) >> 3)
  bytes.set(magic[format])
  return bytes
}

/** Uploads to a control plane; gives the answer. */
export const upload = (
  control: TestControl,
  body: NonNullable<RequestInit['body']>,
  { type = 'image/png', query = '?name=Pause', token = control.token } = {},
): Promise<Response> =>
  fetch(`${control.url}/v1/assets${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) },
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })

export async function uploaded(answer: Promise<Response>): Promise<Asset> {
  const response = await answer
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Asset
}
