import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsEndpoint, type ExportedState } from '#worker/observe/metrics-export.ts'
import { parseExposition } from '../../support/exposition.ts'
import { reportOf } from '../../support/fake-worker.ts'

let server: Server | undefined
afterEach(() => void server?.close())

/** An origin with the endpoint before it. */
async function serve(token: string | undefined, state?: ExportedState): Promise<string> {
  const endpoint = createMetricsEndpoint(token, () => state)
  server = createServer((request, response) => {
    if (!endpoint.handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

const state: ExportedState = {
  workerId: 'wrk_1',
  sessions: [reportOf({ live_stream_id: 'ls_1', fence: 1, revision: 1 })],
  host: [['w', [0.25, 2_000, 8_000, 150, 12, 5_000, 10_000, 1_000, 6_000, 1, 0.5, 1]]],
}

describe('/metrics of a worker', () => {
  it('is not there without a token, and only for those who show it', async () => {
    expect((await fetch(await serve(undefined))).status).toBe(404)
    server?.close()
    const url = await serve('a-token-for-metrics', state)
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(url, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
    const post = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer a-token-for-metrics' } })
    expect(post.status).toBe(405)
  })

  it('tells of the machine, the sessions and the process', async () => {
    const url = await serve('a-token-for-metrics', state)
    const answer = await fetch(url, { headers: { authorization: 'Bearer a-token-for-metrics' } })
    const series = parseExposition(await answer.text())
    const value = (name: string) => series.find((each) => each.name === name)?.value
    expect(value('weir_host_cpu_ratio')).toBe(0.25)
    expect(value('weir_host_memory_used_bytes')).toBe(2e9)
    expect(value('weir_session_on_air')).toBe(1)
    expect(value('weir_session_frames_per_second')).toBeUndefined()
    expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
  })

  it('is there while the worker starts', async () => {
    const url = await serve('a-token-for-metrics')
    const answer = await fetch(url, { headers: { authorization: 'Bearer a-token-for-metrics' } })
    expect(parseExposition(await answer.text()).length).toBeGreaterThan(0)
  })
})
