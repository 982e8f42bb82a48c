import { expect, it } from 'vitest'
import { fieldWords } from '#schema/field-words.gen.ts'
import { contractWords, fieldWordsOf } from '../../scripts/field-words.ts'

it('reads the doc comments of schemas and their fields', () => {
  const source = [
    '/** A thing. */',
    'export const thingSchema = v.strictObject({',
    '  id: v.string(),',
    '  /**',
    '   * Of the {@link Thing},',
    '   * in words.',
    '   */',
    '  words: v.string(),',
    '  owner: v.pipe(',
    '    v.strictObject({',
    '      /** Theirs. */',
    '      name: v.string(),',
    '    }),',
    '  ),',
    '  /** Shared. */',
    '  role,',
    '})',
    '',
    'const other = v.strictObject({',
    '  /** Of the other. */',
    '  name: v.string(),',
    '})',
  ]
  expect(fieldWordsOf(source.join('\n'))).toEqual({
    thingSchema: 'A thing.',
    'thingSchema.words': 'Of the `Thing`, in words.',
    'thingSchema.owner.name': 'Theirs.',
    'thingSchema.role': 'Shared.',
    'other.name': 'Of the other.',
  })
})

it('has kept what the contracts say now (else: npm run words)', () => {
  expect(fieldWords).toEqual(contractWords())
})
