import { describe, expect, it } from 'vitest'
import { nameInPlan, newId, planRequestFor, viewersSizes } from '#control/dashboard/destinations/destination-plan.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanAnswer } from '#schema/contracts/plan.ts'
import { platformOf } from '#schema/platforms.ts'

const stream = {
  id: 'ls_1',
  destinations: ['a', 'b'].map((id) => ({
    id,
    name: id.toUpperCase(),
    platform: 'custom',
    profile: 'auto',
    url: 'rtmp://h/a',
  })),
  renditions: [{ name: 'source' }, { name: '720p' }],
} as unknown as LiveStream
const fields = new FormData()
fields.set('quality', 'source')

describe('what is asked of the planner', () => {
  it('is all destinations, with the one that is changed as the form has it', () => {
    const { destinations } = planRequestFor(stream, 'a', platformOf('twitch'), fields)
    expect(destinations).toEqual([
      { id: 'b', platform: 'custom', profile: 'auto', url: 'rtmp://h/a' },
      { id: 'a', platform: 'twitch', profile: 'source' },
    ])
    expect(planRequestFor(stream, newId, platformOf('x'), fields).destinations).toHaveLength(3)
  })

  it('answers which sizes viewers get; until then, those that they get now', () => {
    const encodes = [
      { id: '480p', used_by: ['viewers', 'a'] },
      { id: 'own', used_by: ['b'] },
    ]
    expect(viewersSizes(stream, { encodes } as unknown as PlanAnswer)).toEqual(['480p'])
    expect(viewersSizes(stream, null)).toEqual(['720p'])
  })

  it('names the others, and the one that it is about', () => {
    expect(['viewers', 'a', 'b', newId].map((id) => nameInPlan(stream, 'a', id))).toEqual([
      ...['viewers', 'this one'],
      ...['B', 'this one'],
    ])
  })
})
