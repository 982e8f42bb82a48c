import * as v from 'valibot'
import { channelUrl, pullUrl } from '#schema/contracts/input.ts'
import { inputsMax } from '#schema/contracts/live-stream.ts'
import { type ExportDocument, exportDocument, exportVersion } from '#schema/contracts/transfer.ts'
import { ApiError, type FieldError } from '../errors.ts'
import { fieldErrors } from '../middleware/validate.ts'
import { destinationsMax } from '../streams/destinations.ts'
import { faultsOf } from './row.ts'
import { openSecrets, sealedSecrets } from './seal.ts'
import { sections } from './sections.ts'
import { faultsOfSettings } from './settings.ts'

/** Faults named at most in one answer. */
const namedMax = 50

export interface ReadExport {
  readonly document: ExportDocument
  /** By `/section/id/name`. */
  readonly secrets: Readonly<Record<string, string>>
}

/** An export that may be imported: checked field by field. A 422 names what is wrong by pointer. */
export async function readExport(body: unknown, passphrase: string | null): Promise<ReadExport> {
  const parsed = v.safeParse(unchecked, body)
  if (!parsed.success) {
    const refusal = { data: structuredClone(body), error: parsed.issues }
    throw refused(fieldErrors(unchecked, refusal, (path) => `/${path.join('/')}`))
  }
  const document = parsed.output as ExportDocument
  if (document.version > exportVersion)
    throw refused([
      { pointer: '/version', detail: 'A newer Weir has written this. Update this one first, then import it.' },
    ])
  const known = new Set(Object.keys(exportDocument.entries))
  const faults = [
    ...Object.keys(document)
      .filter((name) => !known.has(name))
      .map((name) => ({
        pointer: `/${name.slice(0, 100)}`,
        detail: 'There is no such section; a newer Weir may have written it.',
      })),
    ...faultsOfSettings(document.settings),
    ...sections.flatMap((section) => {
      const rows = document[section.name]
      if (rows.length > section.most)
        return [{ pointer: `/${section.name}`, detail: `There may be ${section.most} at most.` }]
      return rows.flatMap((row, index) => faultsOf(section, row, `/${section.name}/${index}`))
    }),
  ]
  // Of what is no row nothing more can be said.
  const areRows = sections.every(({ name }) => document[name].every((row) => typeof row === 'object' && row !== null))
  refuse([...faults, ...(areRows ? [...twice(document), ...wrongAddresses(document), ...tooMany(document)] : [])])
  const secrets = await secretsIn(document, passphrase)
  refuse(faultsOfSecrets(document, secrets))
  return { document, secrets }
}

/** Its rows are looked at one by one. */
const unchecked = v.looseObject({
  ...exportDocument.entries,
  ...Object.fromEntries(sections.map(({ name }) => [name, v.optional(v.array(v.unknown()), [])])),
})

async function secretsIn(document: ExportDocument, passphrase: string | null): Promise<Record<string, string>> {
  if (document.secrets === 'left_out') return {}
  const sealed = v.safeParse(sealedSecrets, document.sealed_secrets)
  if (!sealed.success) throw refused([{ pointer: '/sealed_secrets', detail: 'The sealed secrets are not whole.' }])
  if (passphrase === null)
    throw refused([
      {
        pointer: '/sealed_secrets',
        detail:
          'Send the passphrase that they were exported with in the header Weir-Passphrase, or add ?secrets=leave_out.',
      },
    ])
  return openSecrets(sealed.output, passphrase)
}

/** Who sealed them may have put anything in. */
function faultsOfSecrets(document: ExportDocument, secrets: ReadExport['secrets']): FieldError[] {
  return sections.flatMap((section) =>
    Object.entries(section.secrets).flatMap(([name, { check }]) =>
      document[section.name].flatMap(({ id }, index) => {
        const secret = secrets[`/${section.name}/${id}/${name}`]
        if (secret === undefined || v.is(check, secret)) return []
        return [
          { pointer: `/${section.name}/${index}/${name}`, detail: 'What is sealed for this is not as it should be.' },
        ]
      }),
    ),
  )
}

function twice(document: ExportDocument): FieldError[] {
  return sections.flatMap(({ name }) => {
    const seen = new Set<string>()
    return document[name].flatMap(({ id }, index) => {
      if (seen.has(id)) return [{ pointer: `/${name}/${index}/id`, detail: 'This id is there twice.' }]
      seen.add(id)
      return []
    })
  })
}

function wrongAddresses({ inputs }: ExportDocument): FieldError[] {
  return inputs.flatMap((row, index) => {
    if (row.urls === undefined) return []
    const schema = v.pipe(v.array(row.type === 'channel' ? channelUrl : pullUrl), v.minLength(1), v.maxLength(500))
    if (v.is(schema, row.urls)) return []
    return [
      { pointer: `/inputs/${index}/urls`, detail: 'Must be a list of addresses of the kind that the type takes.' },
    ]
  })
}

/** Of one live stream. */
function tooMany(document: ExportDocument): FieldError[] {
  const of = (name: 'inputs' | 'destinations', most: number) =>
    [...Map.groupBy(document[name], ({ live_stream_id }) => live_stream_id)].flatMap(([id, rows]) =>
      rows.length > most ? [{ pointer: `/${name}`, detail: `${String(id)} has more than ${most}.` }] : [],
    )
  return [...of('inputs', inputsMax), ...of('destinations', destinationsMax)]
}

export function refuse(faults: readonly FieldError[]): void {
  if (faults.length > 0) throw refused(faults)
}

const refused = (errors: readonly FieldError[]): ApiError =>
  new ApiError('validation_failed', 'This export can not be imported as it is; errors says why. Nothing was changed.', {
    errors: errors.slice(0, namedMax),
  })
