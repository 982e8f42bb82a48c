import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ladderCatalogue } from '#schema/contracts/ladder-catalogue.ts'
import { encoderPresets, latencyModes, qualityPresets } from '#schema/enums.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

describe('the ladders', () => {
  it('are listed with what each makes and takes, in every latency mode', async () => {
    const { data, encoder_presets } = v.parse(ladderCatalogue, await (await control.call('GET', '/v1/ladders')).json())
    expect(data.map(({ preset }) => preset)).toEqual(['auto', ...qualityPresets])
    for (const { preset, latency_modes, source } of data) {
      expect(latency_modes.map(({ latency_mode }) => latency_mode)).toEqual(latencyModes)
      for (const { renditions, encode_units } of latency_modes) {
        expect(encode_units).toBeGreaterThan(0)
        if (preset !== 'auto') expect(renditions[0]).toMatchObject({ name: preset, width: source.width })
      }
    }
    const costs = data.slice(1).map(({ latency_modes }) => latency_modes[0]!.encode_units)
    expect(costs).toEqual(costs.toSorted((a, b) => a - b))
    expect(encoder_presets.map(({ name }) => name)).toEqual(encoderPresets)
    expect(encoder_presets.find(({ name }) => name === 'veryfast')).toEqual({ name: 'veryfast', relative_cost: 1 })
  })

  it('can each be given to a stream', async () => {
    for (const preset of qualityPresets) {
      const answer = await control.call('POST', '/v1/live-streams', { name: preset, ladder: { preset } })
      expect([answer.status, await answer.json()]).toMatchObject([201, { ladder: { preset } }])
    }
    expect((await control.call('POST', '/v1/live-streams', { name: 'x', ladder: { preset: '900p' } })).status).toBe(422)
  })
})
