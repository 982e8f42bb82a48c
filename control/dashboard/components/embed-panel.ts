import { html, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { embedSnippet } from '../words/embed-snippet.ts'
import { openPlaybackId } from '../words/open-playback-id.ts'
import './copy-button.ts'

/** What a site pastes to show the stream. */
export function embedPanel(stream: LiveStream): TemplateResult {
  const { id, playback_ids } = stream
  const playbackId = openPlaybackId(stream)
  if (!playbackId && playback_ids.length > 0)
    return html`<p>This stream plays by signed playback only: your site makes a token for each viewer by the API, and puts it into the player as playback-token. <a href="/docs#playback-ids">The reference says how.</a></p>`
  if (!playbackId)
    return html`<p>This stream has no public name any more, so nobody can watch it. Give it one by the API: add a playback id.</p>`
  const snippet = embedSnippet(location.origin, playbackId)
  const watchUrl = `${location.origin}/watch/${playbackId}`
  return html`
    <p>Paste this where the player shall stand. It waits for the stream and starts by itself.</p>
    <div class="field">
      <label for=${`snippet-${id}`}>Code for your page</label>
      <textarea id=${`snippet-${id}`} class="code" rows="4" readonly wrap="soft" .value=${snippet}></textarea>
      <copy-button label="code" .text=${snippet}></copy-button>
    </div>
    <div class="field">
      <label for=${`watch-${id}`}>Or send people this link</label>
      <div class="with-button">
        <input id=${`watch-${id}`} class="code" readonly .value=${watchUrl}>
        <copy-button label="link" .text=${watchUrl}></copy-button>
      </div>
    </div>`
}
