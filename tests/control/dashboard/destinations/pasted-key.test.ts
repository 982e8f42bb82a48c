import { describe, expect, it } from 'vitest'
import { readPastedKey } from '#control/dashboard/destinations/pasted-key.ts'

const servers = ['rtmps://a.example/live2', 'rtmps://b.example/live2?backup=1']

describe('what is pasted as a stream key', () => {
  it.each([
    ['the key alone', 'abcd-1234', { key: 'abcd-1234', url: null }],
    ['with what a mail adds', ' abcd-\n1234\t', { key: 'abcd-1234', url: null }],
    ['a server of the platform before it', 'rtmps://a.example/live2/ab/cd', { key: 'ab/cd', url: servers[0] }],
    ['another address before it', 'rtmp://hall:1935/app/abcd', { key: 'abcd', url: 'rtmp://hall:1935/app' }],
    ['an address without a key', 'rtmp://hall', { key: 'rtmp://hall', url: null }],
    ['an address that ends in a slash', 'rtmp://hall/app/', { key: 'rtmp://hall/app/', url: null }],
  ])('is read: %s', (_, pasted, read) => {
    expect(readPastedKey(pasted, servers)).toEqual(read)
  })
})
