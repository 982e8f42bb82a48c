import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { exportDocument, importReport } from '#schema/contracts/transfer.ts'
import type { Principal } from '../access/principal.ts'
import { auditExport } from '../audit/export.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { exportConfiguration } from '../transfer/export.ts'
import { importConfiguration } from '../transfer/import.ts'
import { readExport } from '../transfer/read-export.ts'
import { passphraseMin } from '../transfer/seal.ts'

/** An export at most, bytes: uploads of 20 MB in base64, and all the rest. */
export const importBodyLimitBytes = 48 * 1024 * 1024

/** Carries the passphrase, percent-encoded, so that it stands in no address. */
const passphraseHeader = 'weir-passphrase'

const exportQuery = v.strictObject({
  /** `include`: the secrets too, sealed with the passphrase in the header `Weir-Passphrase`. */
  secrets: v.optional(v.picklist(['leave_out', 'include'], 'Use leave_out or include.'), 'leave_out'),
  /** `include`: the bytes of uploads too, up to 20 MB. */
  assets: v.optional(v.picklist(['reference', 'include'], 'Use reference or include.'), 'reference'),
})
const importQuery = v.strictObject({
  dry_run: v.optional(v.picklist(['0', '1'], 'Use 1 or 0.'), '0'),
  /** `keep`: what has the same id here is changed. `new`: everything comes beside what is here. */
  ids: v.optional(v.picklist(['keep', 'new'], 'Use keep or new.'), 'keep'),
  /** `leave_out`: sealed secrets stay sealed. */
  secrets: v.optional(v.picklist(['include', 'leave_out'], 'Use include or leave_out.'), 'include'),
})

/** All configuration as one document, out of an install. */
export const exportRoutes = (runtime: Runtime) =>
  new Hono<{ Variables: { principal: Principal; requestId: string } }>().get(
    '/',
    describe('Export all configuration', 200, exportDocument),
    queryParameters(exportQuery),
    async (c) => {
      const { secrets, assets } = c.req.valid('query')
      const passphrase = secrets === 'include' ? passphraseOf(c) : null
      if (secrets === 'include' && (passphrase === null || passphrase.length < passphraseMin))
        throw new ApiError(
          'validation_failed',
          `Send a passphrase of ${passphraseMin} characters or more, percent-encoded, in the header Weir-Passphrase: the secrets are sealed with it.`,
        )
      if (passphrase !== null) await auditExport(runtime, c.get('principal'), c.get('requestId'))
      const document = await exportConfiguration(runtime, { passphrase, withAssets: assets === 'include' })
      c.header('Cache-Control', 'no-store')
      c.header('Content-Disposition', `attachment; filename="weir-${document.exported_at.slice(0, 10)}.json"`)
      return c.json(document)
    },
  )

/** … and into one. */
export const importRoutes = (runtime: Runtime) =>
  new Hono().post(
    '/',
    describe('Import an export, or with dry_run only say what that would do', 200, importReport),
    queryParameters(importQuery),
    jsonBody(v.looseObject({})),
    async (c) => {
      const { dry_run, ids, secrets } = c.req.valid('query')
      const body = { ...c.req.valid('json'), ...(secrets === 'leave_out' && { secrets: 'left_out' }) }
      const read = await readExport(body, passphraseOf(c))
      return c.json(await importConfiguration(runtime, read, { ids, dryRun: dry_run === '1' }))
    },
  )

function passphraseOf(c: Context): string | null {
  const sent = c.req.header(passphraseHeader)
  try {
    return sent === undefined || sent === '' ? null : decodeURIComponent(sent)
  } catch {
    throw new ApiError('validation_failed', 'The header Weir-Passphrase must be percent-encoded.')
  }
}
