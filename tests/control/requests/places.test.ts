import { expect, it } from 'vitest'
import { createPlaces } from '#control/requests/places.ts'

it('has so many places, and fewer for one, each given back once', () => {
  const take = createPlaces(3, 2)
  const first = take('a')
  expect([first, take('a')].every(Boolean)).toBe(true)
  expect(take('a')).toBeUndefined()
  expect(take('b')).toBeDefined()
  expect(take('b')).toBeUndefined()
  first?.()
  first?.()
  expect(take('c')).toBeDefined()
  expect(take('c')).toBeUndefined()
})
