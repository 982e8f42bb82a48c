import { describe, expect, it } from 'vitest'
import { type InputInSight, type InputsInSight, inputIssues } from '#worker/session/input-issues.ts'
import { bothTracks } from '../agent/registry-under-test.ts'

const withKeyframesEach = (seconds: number) => ({
  ...bothTracks,
  video: { ...bothTracks.video!, keyframe_interval_s: seconds },
})
const camera: InputInSight = {
  ...{ id: 'in_1', type: 'push', name: 'Camera', isCurrent: false, isWell: true, source: bothTracks },
}
const files: InputInSight = { ...camera, id: 'in_2', type: 'pull', name: 'Pause', isCurrent: true }
const gone: InputInSight = { ...camera, isWell: false, source: null }
const issues = (inputs: InputInSight[], more: Partial<InputsInSight> = {}) =>
  inputIssues({ inputs, pinnedId: null, isLive: true, passesThrough: true, ...more })

describe('an input that an operator put on air', () => {
  it('and that is not there is named, with what is on air instead', () => {
    expect(issues([gone, files], { pinnedId: 'in_1' })).toEqual([
      {
        ...{ code: 'pinned_input_missing', severity: 'info', input_id: 'in_1' },
        detail: '“Camera” was chosen to be on air and gives no picture now. “Pause” is on air instead.',
        fix: expect.stringContaining('release it'),
      },
    ])
    const [nothing] = issues([gone, files], { pinnedId: 'in_1', isLive: false })
    expect(nothing?.detail).toContain('No other input is on air')
  })

  it.each<[string, InputInSight[], string | null]>([
    ['that sends', [camera, files], 'in_1'],
    ['that is on air', [camera, { ...files, isWell: false }], 'in_2'],
    ['that is the only one', [gone], 'in_1'],
    ['that was released', [gone, files], null],
    ['that was removed', [files, { ...camera, id: 'in_3' }], 'in_1'],
  ])('%s is right', (_, inputs, pinnedId) => {
    expect(issues(inputs, { pinnedId })).toEqual([])
  })
})

describe('a backup with a keyframe every 10 s', () => {
  const backup: InputInSight = { ...camera, source: withKeyframesEach(10) }

  it('is told of before it has to take over, where sources go out as they are', () => {
    expect(issues([backup, files])).toEqual([
      {
        ...{ code: 'gop_too_long', severity: 'warning', input_id: 'in_1' },
        detail: expect.stringContaining('This input sends a keyframe only every 10 seconds'),
        fix: expect.stringContaining('OBS'),
      },
    ])
    expect(issues([{ ...backup, type: 'pull' }, files])[0]?.fix).not.toContain('OBS')
  })

  it.each<[string, InputInSight, boolean]>([
    ['where pictures are encoded', backup, false],
    ['where it is on air, and its source is told of', { ...backup, isCurrent: true }, true],
    [
      'where it is encoded all the same',
      { ...backup, source: { ...backup.source!, video: { ...backup.source!.video!, codec: 'hevc' } } },
      true,
    ],
    ['with keyframes that are near enough', { ...backup, source: withKeyframesEach(2) }, true],
    ['that is not there', gone, true],
  ])('is nothing to tell of %s', (_, input, passesThrough) => {
    expect(issues([input], { passesThrough })).toEqual([])
  })
})
