import { type AssetType, assetContentTypes, assetTypes } from '#schema/asset-types.ts'
import type { Asset } from '#schema/contracts/asset.ts'
import { noAnswer, RequestProblem, readProblem } from './problem.ts'

/** What a file field lets people choose. */
export const uploadTypes = assetContentTypes.join(',')

/** Uploads a picture or a video and tells how far it is, 0–100 (`fetch` can't). Throws a `RequestProblem`. */
export function uploadAsset(file: File, onPercent: (percent: number) => void): Promise<Asset> {
  const { kind, maxBytes } = assetTypes[file.type as AssetType] ?? { kind: 'file', maxBytes: Number.POSITIVE_INFINITY }
  // Said before minutes were spent on a slow line.
  if (file.size > maxBytes)
    return Promise.reject(
      new RequestProblem(413, `This ${kind} is too large: it may have ${maxBytes / 1_000_000} MB at most.`),
    )
  const { promise, resolve, reject } = Promise.withResolvers<Asset>()
  const request = new XMLHttpRequest()
  request.open('POST', `/v1/assets?name=${encodeURIComponent(file.name.slice(0, 200) || 'Untitled')}`)
  request.setRequestHeader('content-type', file.type || 'application/octet-stream')
  request.upload.addEventListener('progress', ({ loaded, total }) => onPercent(total > 0 ? (100 * loaded) / total : 0))
  request.addEventListener('error', () => reject(noAnswer(undefined)))
  request.addEventListener('abort', () => reject(new RequestProblem(0, 'The upload was stopped.')))
  request.addEventListener('load', () => {
    if (request.status === 201) resolve(JSON.parse(request.responseText) as Asset)
    else {
      const headers = { 'content-type': request.getResponseHeader('content-type') ?? '' }
      void readProblem(new Response(request.responseText, { status: request.status || 500, headers })).then(reject)
    }
  })
  request.send(file)
  return promise
}
