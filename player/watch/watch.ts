import type { Playback } from '#schema/contracts/playback.ts'
import type { PublicBrand } from '#schema/contracts/settings.ts'
import type { PlayerState } from '../player-state.ts'

/** What the line under the title says. */
const stateWords: Readonly<Record<PlayerState, string>> = {
  waiting: 'Not live right now',
  starting: 'Starting',
  live: 'Live',
  behind: 'Paused or behind live',
  reconnecting: 'Reconnecting',
  ended: 'Ended',
  failed: 'Not available',
}

const player = document.querySelector('weir-player')
const title = document.querySelector('h1')
const state = document.querySelector('#state')
const playbackId = /^\/watch\/([^/]+)/.exec(location.pathname)?.[1]

player?.addEventListener('weir-playback', (event) => {
  const playback = (event as CustomEvent<Playback>).detail
  if (title) title.textContent = playback.title
  document.title = playback.title
})
player?.addEventListener('weir-statechange', (event) =>
  show((event as CustomEvent<{ state: PlayerState }>).detail.state),
)
// The picture is all there is on this page: keys that nothing else has taken are for it. Arrows scroll.
document.addEventListener('keydown', (event) => {
  if (event.target !== document.body || event.key.length > 1) return
  const { key, ctrlKey, metaKey, altKey } = event
  const forPlayer = new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey, cancelable: true })
  if (player?.dispatchEvent(forPlayer) === false) event.preventDefault()
})
// `?engine=dash` plays the same stream as DASH.
const engine = new URLSearchParams(location.search).get('engine')
if (engine) player?.setAttribute('engine', engine)
show('waiting')
void showBrand()
if (playbackId) player?.setAttribute('playback-id', decodeURIComponent(playbackId))

/** The name and the logo of an install that has its own, below the title. */
async function showBrand(): Promise<void> {
  const place = document.querySelector<HTMLElement>('#brand')
  const answer = await fetch('/brand').catch(() => null)
  if (!place || !answer?.ok) return
  const { name, logo_url: logo } = (await answer.json()) as PublicBrand
  if (name === 'Weir' && logo === null) return
  if (logo !== null) {
    const mark = new Image(28, 28)
    mark.src = logo
    mark.alt = ''
    place.append(mark)
  }
  place.append(name)
  place.hidden = false
}

function show(now: PlayerState): void {
  if (!state) return
  state.textContent = stateWords[now]
  state.classList.toggle('live', now === 'live')
}
