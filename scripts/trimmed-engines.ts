import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))
const hlsSource = path.join(modules, 'hls.js/src')
const hlsNeeds = fileURLToPath(new URL('../player/engine/hls-needs/', import.meta.url))

/** dash.js without protection, MSS and offline; its package does not export this file by name. */
export const dashEntry = { dashjs: path.join(modules, 'dashjs/dist/modern/esm/dash.mediaplayer.min.js') }

/**
 * What Weir's playlists never need. They carry CMAF, so that every demuxer but the MP4 one goes too.
 * hls.js's own `light` build would drop alternate audio, and with it the sound.
 */
const absent = [
  'controller/content-steering-controller',
  'controller/eme-controller',
  'controller/iframe-controller',
  'controller/interstitials-controller',
  'demux/audio/aacdemuxer',
  'demux/audio/ac3-demuxer',
  'demux/audio/mp3demuxer',
  'demux/tsdemuxer',
]

const absentModule = 'module.exports = class Absent { static probe() { return false } }'

/** hls.js from its source, with alternate audio, subtitles and CMCD, and without the rest. */
export const trimmedHls = {
  define: {
    __VERSION__: '"trimmed"',
    __HLS_WORKER_BUNDLE__: 'undefined',
    __IN_WORKER__: 'false',
    __USE_ALT_AUDIO__: 'true',
    __USE_CMCD__: 'true',
    __USE_SUBTITLES__: 'true',
    __USE_CONTENT_STEERING__: 'false',
    __USE_EME_DRM__: 'false',
    __USE_IFRAMES__: 'false',
    __USE_INTERSTITIALS__: 'false',
    __USE_M2TS_ADVANCED_CODECS__: 'false',
    __USE_MEDIA_CAPABILITIES__: 'false',
    __USE_VARIABLE_SUBSTITUTION__: 'false',
  },
  plugin: {
    name: 'trimmed-hls',
    setup(build) {
      build.onResolve({ filter: /^hls\.js$/ }, () => ({ path: path.join(hlsSource, 'exports-default.ts') }))
      build.onResolve({ filter: /^(eventemitter3|url-toolkit)$/ }, ({ path: name }) => ({
        path: path.join(hlsNeeds, `${name}.ts`),
      }))
      // Others import text cue functions from this file; only the transmuxer wants the remuxer itself.
      build.onResolve({ filter: /\/mp4-remuxer$/ }, ({ importer }) =>
        importer.endsWith('transmuxer.ts') ? { path: 'absent-remuxer', namespace: 'absent' } : undefined,
      )
      build.onLoad({ filter: /^/, namespace: 'absent' }, () => ({ contents: absentModule, loader: 'js' }))
      build.onLoad({ filter: /hls\.js[/\\]src[/\\]/ }, ({ path: file }) => {
        const name = path.relative(hlsSource, file).replaceAll(path.sep, '/').replace(/\.ts$/, '')
        return absent.includes(name) ? { contents: absentModule, loader: 'js' } : undefined
      })
    },
  } satisfies Plugin,
}
