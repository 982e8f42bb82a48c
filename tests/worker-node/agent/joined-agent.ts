import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { AddressRules } from '#schema/address-rules.ts'
import type { TestControl } from '#tests/support/control-server.ts'
import { ControlClient } from '#worker/agent/control-client.ts'
import { EventQueue } from '#worker/agent/event-queue.ts'
import { Heartbeat } from '#worker/agent/heartbeat.ts'
import { privateKey } from '#worker/agent/identity.ts'
import { type Introduction, join } from '#worker/agent/join.ts'
import type { LogReport } from '#worker/agent/log-report.ts'
import { SessionRegistry } from '#worker/agent/session-registry.ts'
import { TrustedKeys } from '#worker/agent/trusted-keys.ts'
import type { WorkerConfig } from '#worker/config.ts'
import { ControlFront } from './control-front.ts'
import { missingFfmpeg, noUploads, recordedLog, startDriver } from './registry-under-test.ts'

export const introduction: Introduction = {
  name: 'worker under test',
  version: '0.0.0',
  origin_url: 'http://127.0.0.1:9',
  rtmp_url: 'rtmp://127.0.0.1:1935/live',
  srt_url: 'srt://127.0.0.1:8890',
  capacity: { encode_units: 2, cpu_cores: 2, ffmpeg_version: '5.1' },
}

/** A worker's configuration on free ports, with `stateDir` as its only folder. */
export const workerConfig = (stateDir: string, more: Partial<WorkerConfig> = {}): WorkerConfig => ({
  name: 'worker under test',
  controlUrl: 'http://127.0.0.1:9',
  host: '127.0.0.1',
  publicHost: '127.0.0.1',
  originPort: 0,
  rtmpPort: 0,
  srtPort: 0,
  originUrl: null,
  rtmpUrl: null,
  srtUrl: null,
  stateDir,
  joinTokenFile: joinPath(stateDir, 'join-token'),
  joinToken: null,
  logLevel: 'error',
  logFile: null,
  whip: { publicAddresses: ['127.0.0.1'], ports: [0, 0], iceServers: [] },
  pullRules: new AddressRules(),
  listensToPassthrough: false,
  labels: [],
  drainMs: 0,
  offlineGraceMs: 60_000,
  ...more,
})

export async function newJoinToken(control: TestControl): Promise<string> {
  const answer = (await (await control.call('POST', '/v1/join-tokens')).json()) as { token: string }
  return answer.token
}

/** Everything of a worker but its listeners, joined to a real control plane through a front. It encodes nothing. */
export async function joinedAgent(
  testControl: TestControl,
  { offlineGraceMs = 60_000, logs }: { readonly offlineGraceMs?: number; readonly logs?: LogReport } = {},
) {
  const front = await ControlFront.start(testControl.url)
  const stateDir = await mkdtemp(joinPath(tmpdir(), 'weir-agent-'))
  const joinToken = await newJoinToken(testControl)
  const identity = await join(workerConfig(stateDir, { controlUrl: front.url, joinToken }), introduction)
  const control = new ControlClient(front.url, identity)
  const events = new EventQueue()
  const { log, lines } = recordedLog()
  const keys = new TrustedKeys({ identity, stateDir, log })
  const registry = new SessionRegistry({
    workerId: identity.workerId,
    trustedKeys: keys.find,
    sealingKey: await privateKey(identity.sealingKey, 'ECDH-ES'),
    encodeUnits: 2,
    events,
    host: {
      ...{ ffmpeg: missingFfmpeg, slateDir: joinPath(stateDir, 'slates'), log, startDriver },
      fetchAsset: noUploads,
    },
  })
  const { name: _, version: __, ...self } = introduction
  const heartbeat = new Heartbeat({
    control,
    keys,
    registry,
    events,
    self: () => ({ state: 'online', ...self }),
    onChecks: () => {},
    offlineGraceMs,
    log,
    ...(logs && { logs }),
  })
  return {
    ...{ front, identity, stateDir, keys, control, events, registry, heartbeat, log, lines },
    async close() {
      await registry.close('worker_stopping')
      await front.close()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
export type JoinedAgent = Awaited<ReturnType<typeof joinedAgent>>
