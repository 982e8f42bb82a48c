import { expect, it } from 'vitest'
import { nodeName } from '#control/delivery/edge-media-cache.ts'

const nodeOf = (path: string, place = 'FRA', id = 'wrk_1') =>
  nodeName({ worker: { id, originUrl: 'http://worker' }, path: `/live/pb_1/${path}` }, place)

it('brings all who ask for one playlist, or for media of one track, to one node of their location', () => {
  expect(nodeOf('720p.m3u8?_HLS_msn=7')).toBe(nodeOf('720p.m3u8'))
  expect(nodeOf('epoch/720p/1.m4s')).toBe(nodeOf('epoch/720p/2.0.m4s'))
  expect(nodeOf('720p.m3u8')).not.toBe(nodeOf('720p.m3u8', 'LHR'))
  expect(nodeOf('720p.m3u8')).not.toBe(nodeOf('720p.m3u8', 'FRA', 'wrk_2'))
})

it('opens a bounded number of nodes, whatever names are made up', () => {
  const made = new Set(Array.from({ length: 2_000 }, (_, number) => nodeOf(`made/up${number}/1.m4s`)))
  expect(made.size).toBe(32)
})
