import type { ExportDocument, ImportReport } from '#schema/contracts/transfer.ts'
import { jsonRequest } from '../../logs/json-request.ts'

/** Uploads make it large, and sealing takes a moment. */
const patienceMs = 120_000

export interface ExportChoice {
  /** '' leaves the secrets out. */
  readonly passphrase: string
  readonly withUploads: boolean
}
export interface ImportChoice {
  readonly passphrase: string
  readonly secrets: 'include' | 'leave_out'
  readonly ids: 'keep' | 'new'
  readonly dryRun: boolean
}

export function exportAll({ passphrase, withUploads }: ExportChoice): Promise<ExportDocument> {
  const query = new URLSearchParams({
    ...(passphrase !== '' && { secrets: 'include' }),
    ...(withUploads && { assets: 'include' }),
  })
  return jsonRequest(`/v1/export?${query}`, { headers: secret(passphrase) }, patienceMs)
}

export function importAll(document: string, { passphrase, secrets, ids, dryRun }: ImportChoice): Promise<ImportReport> {
  const query = new URLSearchParams({ ids, secrets, dry_run: dryRun ? '1' : '0' })
  return jsonRequest(`/v1/import?${query}`, { method: 'POST', body: document, headers: secret(passphrase) }, patienceMs)
}

/** In a header, so that it stands in no address. */
const secret = (passphrase: string): Record<string, string> =>
  passphrase === '' ? {} : { 'weir-passphrase': encodeURIComponent(passphrase) }
