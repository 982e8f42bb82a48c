import { base64url } from 'jose'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { cursorFor, readCursor } from '#control/routes/page.ts'

const position = v.tuple([v.number(), v.string()])

it('reads what it wrote', () => {
  expect(readCursor(cursorFor([1_763_800_000_000, 'ls_1']), position)).toEqual([1_763_800_000_000, 'ls_1'])
})

it.each(['[1e400,"x"]', '[-1e308,"x"]', '[9007199254740993,"x"]', '[1.5,"x"]', '["x","x"]', '[1', ''])(
  'refuses %s, which no list has a place for',
  (written) => {
    expect(() => readCursor(base64url.encode(written), position)).toThrow('next_cursor')
  },
)
