import { html, type TemplateResult } from 'lit'
import { addIcon } from './icons.ts'

/** In the place of the list until it is there. */
export const loadingList = (): TemplateResult => html`
  <div aria-busy="true" aria-label="Loading your streams">
    <p class="strip"></p>
    ${[1, 2].map(
      () => html`
        <div class="card skeleton">
          <div class="card-picture"><div class="picture"></div></div>
          <div class="card-head"><i></i><i></i><i></i></div>
        </div>`,
    )}
  </div>`

/** Nothing is there yet: what to do first. */
export const emptyList = (create: () => void): TemplateResult => html`
  <section class="empty">
    <h2>Make your first stream</h2>
    <p>It takes a minute, and nobody sees anything until you go live.</p>
    <ol>
      <li><b>Create a stream.</b> You get a server address and a stream key.</li>
      <li><b>Paste both into OBS</b>, or any encoder that speaks RTMP, and press Start Streaming.</li>
      <li><b>Share it.</b> Put the player on your site, and add YouTube, Twitch or any other destination.</li>
    </ol>
    <button type="button" class="primary" data-needs="write" @click=${create}>${addIcon} Create a stream</button>
  </section>`
