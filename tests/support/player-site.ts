import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Playback } from '#schema/contracts/playback.ts'
import { eventually } from './eventually.ts'

/** A policy stricter than any that a site should need for the player. */
const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.mp4': 'video/mp4',
  '.m4s': 'video/mp4',
}

/** A small stand-in for control: built pages, the status endpoint, and media that ffmpeg writes live. */
export interface PlayerSite {
  readonly url: string
  /** What the status endpoint answers; null means that nobody knows the id. */
  playback: Partial<Playback> | null
  /** While true every request's connection is cut. */
  down: boolean
  /** Starts a broadcast: HLS with demuxed AAC, and DASH, 320×180. Resolves when both can be fetched. */
  startBroadcast(): Promise<void>
  /** Ends it as an encoder does: ENDLIST, static MPD. */
  endBroadcast(): Promise<void>
  close(): Promise<void>
}

export async function startPlayerSite(webFolder: string): Promise<PlayerSite> {
  const mediaFolder = await mkdtemp(path.join(tmpdir(), 'weir-player-site-'))
  let broadcast: ReturnType<typeof startFfmpeg> | undefined
  const server = createServer(async (request, response) => {
    if (site.down) return request.socket.destroy()
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    if (pathname.startsWith('/v1/playback/')) return answerStatus(response, site.playback)
    if (pathname === '/brand') return response.end(JSON.stringify({ name: 'Weir', accent: null, logo_url: null }))
    if (pathname === '/brand.css') return response.writeHead(200, { 'content-type': 'text/css' }).end()
    const [folder, name] = pathname.startsWith('/live/')
      ? [mediaFolder, path.basename(pathname)]
      : [webFolder, pathname.startsWith('/watch/') ? 'watch.html' : pathname]
    if (name === 'time') return response.end(new Date().toISOString())
    const body = await readFile(path.join(folder, path.normalize(name))).catch(() => null)
    response.writeHead(body ? 200 : 404, {
      'content-type': contentTypes[path.extname(name)] ?? 'application/octet-stream',
      'content-security-policy': strictPolicy,
      'cache-control': 'no-store',
    })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const site: PlayerSite = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    playback: {},
    down: false,
    async startBroadcast() {
      broadcast = startFfmpeg(mediaFolder)
      await eventually('ffmpeg has written three segments', async () => {
        const playlist = await readFile(path.join(mediaFolder, 'media_0.m3u8'), 'utf8').catch(() => '')
        return playlist.split('#EXTINF').length > 3
      })
    },
    async endBroadcast() {
      broadcast?.kill('SIGINT')
      if (broadcast) await once(broadcast, 'exit')
      broadcast = undefined
    },
    async close() {
      await site.endBroadcast()
      server.closeAllConnections()
      server.close()
      await rm(mediaFolder, { recursive: true, force: true })
    },
  }
  return site
}

function answerStatus(response: import('node:http').ServerResponse, playback: Partial<Playback> | null): void {
  const answer: Playback = {
    playback_id: 'pb_test',
    title: 'Lecture 1',
    status: playback?.playable ? 'active' : 'idle',
    playable: false,
    hls_url: '/live/pb_test/index.m3u8',
    dash_url: '/live/pb_test/manifest.mpd',
    snapshot_url: '/live/pb_test/snapshot.jpg',
    copyright: { owner: 'Example School', notice: 'All rights reserved.', url: 'https://school.example/terms' },
    server_time_ms: Date.now(),
    ...playback,
  }
  response.writeHead(playback ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

/** One encode, written through the DASH muxer, which writes HLS playlists of the same segments too. */
function startFfmpeg(folder: string) {
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
      ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
      ...['-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
      ...['-g', '25', '-b:v', '300k', '-c:a', 'aac', '-ac', '2', '-t', '300'],
      ...['-f', 'dash', '-seg_duration', '1', '-window_size', '8', '-extra_window_size', '8', '-streaming', '0'],
      ...['-hls_playlist', '1', '-hls_master_name', 'index.m3u8', '-utc_timing_url', 'time'],
      ...['-adaptation_sets', 'id=0,streams=v id=1,streams=a', 'manifest.mpd'],
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return ffmpeg
}
