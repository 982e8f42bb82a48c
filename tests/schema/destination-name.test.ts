import { expect, it } from 'vitest'
import { destinationName } from '#schema/destination-name.ts'

const url = 'rtmps://live.example.com:443/app/secret-part'

it.each([
  ['its own name', { platform: 'twitch', name: 'Lectures', url }, 'Lectures'],
  ['that of its platform', { platform: 'twitch', name: null, url }, 'Twitch'],
  ['its host, where the platform says nothing of where it goes', { platform: 'custom', url }, 'live.example.com'],
  [
    'no part of an address that can not be read',
    { platform: 'custom', url: 'not an address/secret-part' },
    'A destination',
  ],
])('a destination is called by %s', (_, destination, name) => {
  expect(destinationName(destination)).toBe(name)
})
