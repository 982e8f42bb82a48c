import type { ExportDocument } from '#schema/contracts/transfer.ts'
import { newId } from '#schema/ids.ts'
import { sections } from './sections.ts'

/** New ids for all rows of an export, by the ones that they have in it. People keep theirs: they are who they are. */
export const newIds = (document: ExportDocument): ReadonlyMap<string, string> =>
  new Map(
    sections
      .filter(({ name }) => name !== 'users')
      .flatMap(({ name, prefix }) => document[name].map(({ id }) => [id, newId(prefix)] as const)),
  )
