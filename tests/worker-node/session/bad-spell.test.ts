import { expect, it } from 'vitest'
import { BadSpell } from '#worker/session/bad-spell.ts'

it('tells the first failure of a row only, however the tries between them went', () => {
  const spell = new BadSpell()
  expect(spell.failed(0)).toBe(true)
  expect(spell.failed(40_000)).toBe(false)
  spell.gaveMedia(41_000)
  expect(spell.failed(42_000)).toBe(false)
  spell.gaveMedia(50_000)
  spell.gaveMedia(70_000)
  expect(spell.failed(80_000)).toBe(true)
  expect(spell.failed(81_000)).toBe(false)
  spell.over()
  expect(spell.failed(82_000)).toBe(true)
})
