/** What a site pastes to show the stream: the player's script from here, and the element in the picture's shape. */
export const embedSnippet = (origin: string, playbackId: string): string =>
  `<script type="module" src="${origin}/player@1/weir-player.js"></script>
<weir-player playback-id="${playbackId}" style="display:block;aspect-ratio:16/9"></weir-player>`
