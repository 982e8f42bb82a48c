import { describe, expect, it } from 'vitest'
import { announcements } from '#control/dashboard/words/announcements.ts'
import {
  channelWords,
  inputName,
  inputOrigin,
  inputState,
  prioritiesAfterMove,
} from '#control/dashboard/words/input-words.ts'
import type { Input } from '#schema/contracts/input.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'

const input = (changes: Partial<Input>): Input =>
  ({ type: 'push', name: null, state: 'idle', urls: null, loop: null, now: null, channel: null, ...changes }) as Input
const pull = (urls: string[], more: Partial<Input> = {}) => input({ type: 'pull', urls, loop: false, ...more })

describe('words about an input', () => {
  it.each([
    ['push', 'idle', true, 'Waiting for an encoder', 'rest'],
    ['push', 'idle', false, 'At rest', 'rest'],
    ['push', 'waiting', true, 'Waiting for an encoder', 'rest'],
    ['channel', 'waiting', true, 'Waiting for the channel', 'rest'],
    ['pull', 'connecting', true, 'Connecting', 'busy'],
    ['pull', 'failed', true, 'Trying again', 'warning'],
    ['test', 'standby', true, 'Standing by', 'ready'],
    ['test', 'on_air', true, 'On air', 'live'],
  ] as const)('say of a %s that is %s (stream on: %s) “%s”', (type, state, enabled, label, tone) => {
    expect(inputState(input({ type, state }), enabled)).toEqual({ label, tone })
  })

  it('tell an encoder that fell silent from one that is not there', () => {
    const now = {} as Input['now']
    expect(inputState(input({ state: 'waiting', now }), true)).toEqual({ label: 'Sends nothing', tone: 'warning' })
  })

  it('name it by its name, else by what it is', () => {
    expect(inputName(input({}))).toBe('Encoder')
    expect(inputName(input({ type: 'test' }))).toBe('Test picture')
    expect(inputName(pull(['rtsp://camera.example/1']))).toBe('camera.example')
    expect(inputName(input({ type: 'channel', urls: ['https://www.twitch.tv/ann'] }))).toBe('twitch.tv/ann')
    expect(inputName(input({ type: 'channel', name: 'Ann', urls: ['https://www.twitch.tv/ann'] }))).toBe('Ann')
  })

  it('say where it comes from, unless the name does', () => {
    expect(inputOrigin(input({}))).toBeNull()
    expect(inputOrigin(input({ name: 'OBS at home' }))).toBe('Encoder')
    expect(inputOrigin(pull(['rtsp://camera.example/1']))).toBe('rtsp://camera.example/1')
    expect(inputOrigin(pull(['http://h/a.mp4', 'http://h/b.mp4'], { loop: true }))).toBe('2 files, over and over')
    expect(inputOrigin(input({ type: 'channel', urls: ['https://twitch.tv/ann'] }))).toBeNull()
    expect(inputOrigin(input({ type: 'channel', name: 'Ann', urls: ['https://twitch.tv/ann'] }))).toBe('twitch.tv/ann')
  })

  it('say what a channel says of itself, as far as it does', () => {
    expect(channelWords(input({}))).toBeNull()
    expect(channelWords(input({ channel: { title: null, author: null, category: null } }))).toBeNull()
    expect(channelWords(input({ channel: { title: 'Chess', author: 'Ann', category: null } }))).toBe('Chess · Ann')
  })

  it('say aloud that another input is on air, and nothing while that stays', () => {
    const stream = (onAir: string) =>
      ({
        name: 'Show',
        status: 'active',
        destinations: [],
        inputs: ['A', 'B'].map((name) => input({ id: name, name, state: name === onAir ? 'on_air' : 'standby' })),
      }) as unknown as LiveStream
    expect(announcements(stream('A'), stream('B'))).toEqual(['Show: B is on air.'])
    expect(announcements(stream('B'), stream('B'))).toEqual([])
  })
})

describe('the order of inputs', () => {
  const inputs = (...priorities: number[]) =>
    priorities.map((priority, index) => ({ id: 'abcd'[index] ?? '', priority }))

  it('changes by swapping two neighbours', () => {
    expect(prioritiesAfterMove(inputs(1, 2, 3), 2, -1)).toEqual([
      { id: 'c', priority: 2 },
      { id: 'b', priority: 3 },
    ])
  })

  it('comes out right where priorities were equal or had gaps', () => {
    expect(prioritiesAfterMove(inputs(5, 5, 9), 0, 1)).toEqual([
      { id: 'b', priority: 1 },
      { id: 'a', priority: 2 },
      { id: 'c', priority: 3 },
    ])
  })

  it('ends at both ends', () => {
    expect(prioritiesAfterMove(inputs(1, 2), 0, -1)).toEqual([])
    expect(prioritiesAfterMove(inputs(1, 2), 1, 1)).toEqual([])
  })
})
