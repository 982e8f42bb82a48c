import type { ExportDocument } from '#schema/contracts/transfer.ts'
import { newId } from '#schema/ids.ts'
import { type Section, sections } from './sections.ts'

/** Whether the rows of a section are the same ones in every install: people are who they are. */
export const keepsIds = (name: Section['name']): boolean => name === 'users'

/** New ids for all other rows of an export, by the ones that they have in it. */
export const newIds = (document: ExportDocument): ReadonlyMap<string, string> =>
  new Map(
    sections
      .filter(({ name }) => !keepsIds(name))
      .flatMap(({ name, prefix }) => document[name].map(({ id }) => [id, newId(prefix)] as const)),
  )
