import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { inputChange, newInput } from '#control/dashboard/input-request.ts'
import { type Input, inputRequest, patchInput } from '#schema/contracts/input.ts'

const form = (fields: Record<string, string>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return data
}

describe('the form of a new input', () => {
  it.each([
    ['push', {}, { type: 'push', name: null }],
    ['pull', { addresses: ' https://h/a.m3u8 \n' }, { type: 'pull', name: null, url: 'https://h/a.m3u8', loop: false }],
    [
      'pull',
      { addresses: 'https://h/a.mp4\n\nhttps://h/b.mp4\n' },
      { type: 'pull', name: null, urls: ['https://h/a.mp4', 'https://h/b.mp4'], loop: false },
    ],
    [
      'pull',
      { addresses: 'https://h/a.mp4', loop: 'on' },
      { type: 'pull', name: null, urls: ['https://h/a.mp4'], loop: true },
    ],
    [
      'channel',
      { channel: 'https://www.twitch.tv/ann', quality: '', oauth_token: ' token ' },
      { type: 'channel', name: null, url: 'https://www.twitch.tv/ann', quality: 'best', oauth_token: 'token' },
    ],
    ['test', {}, { type: 'test', name: null }],
  ] as const)('of type %s (%j) gives what the API takes', (type, fields, body) => {
    expect(newInput(type, form(fields))).toEqual(body)
    expect(v.is(inputRequest, body)).toBe(true)
  })
})

describe('the form of a change', () => {
  const pull = { type: 'pull', urls: ['https://h/a.mp4'] } as Input
  const channel = { type: 'channel', urls: ['https://youtube.example/watch'] } as Input

  it.each([
    ['keeps addresses that are left empty', pull, { addresses: '' }, { name: 'N', loop: false }],
    ['sends new ones', pull, { addresses: 'srt://h:1' }, { name: 'N', url: 'srt://h:1', loop: false }],
    [
      'keeps the address as it is shown, of which a part may be left out, and the token',
      channel,
      { channel: 'https://youtube.example/watch', quality: '480p', oauth_token: '' },
      { name: 'N', quality: '480p' },
    ],
    [
      'sends another address and token',
      channel,
      { channel: 'https://youtube.example/live', quality: 'best', oauth_token: 'x' },
      { name: 'N', quality: 'best', url: 'https://youtube.example/live', oauth_token: 'x' },
    ],
    [
      'forgets the token',
      channel,
      { channel: 'https://youtube.example/watch', forget_token: 'on' },
      { name: 'N', quality: 'best', oauth_token: null },
    ],
    ['of an encoder is its name', { type: 'push' } as Input, {}, { name: 'N' }],
  ] as const)('%s', (_, input, fields, body) => {
    expect(inputChange(input, form(fields), 'N')).toEqual(body)
    expect(v.is(patchInput, body)).toBe(true)
  })
})
