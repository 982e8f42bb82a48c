import { expect, it } from 'vitest'
import { viewerStatus } from '#control/delivery/viewer-status.ts'

const lost = {
  status: 'idle',
  statusReason: 'worker_draining',
  statusSince: '2026-11-22T12:00:00.000Z',
  reconnectWindow: 60,
} as const
const at = (time: string) => new Date(`2026-11-22T${time}Z`)

it('lets viewers wait where another worker is to go on with the broadcast, for the reconnect window', () => {
  expect(viewerStatus(lost, at('12:00:59.999'))).toBe('reconnecting')
  expect(viewerStatus(lost, at('12:01:00.000'))).toBe('idle')
})

it('tells viewers of a broadcast that is over, or switched off, that it is', () => {
  expect(viewerStatus({ ...lost, statusReason: 'completed' }, at('12:00:01'))).toBe('idle')
  expect(viewerStatus({ ...lost, statusReason: null }, at('12:00:01'))).toBe('idle')
  expect(viewerStatus({ ...lost, status: 'disabled' }, at('12:00:01'))).toBe('disabled')
})
