import { css } from 'lit'

/** Looks of the player. The custom properties that a site may set are documented at the element. */
export const playerStyles = css`
  :host {
    display: block;
    position: relative;
    aspect-ratio: 16 / 9;
    overflow: hidden;
    container-type: inline-size;
    background: var(--weir-background, #0b0d10);
    color: #fff;
    font: 500 14px/1.4 var(--weir-font, system-ui, sans-serif);
    -webkit-tap-highlight-color: transparent;
  }
  :host([hidden]) {
    display: none;
  }
  .frame {
    position: absolute;
    inset: 0;
    outline: none;
  }
  :host([idle][state='live']) .frame {
    cursor: none;
  }
  video {
    width: 100%;
    height: 100%;
    object-fit: contain;
    display: block;
  }
  :host(:is([state='waiting'], [state='ended'], [state='failed'])) video {
    visibility: hidden;
  }

  .message {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 4px;
    padding: 16px 24px;
    text-align: center;
    text-wrap: balance;
  }
  :host([state='reconnecting']) .message {
    background: rgb(11 13 16 / 60%);
  }
  .message p {
    margin: 0;
  }
  .message .headline {
    font-size: clamp(15px, 4.2cqi, 24px);
    font-weight: 600;
  }
  .message .hint {
    color: rgb(255 255 255 / 72%);
    font-size: clamp(13px, 2.6cqi, 15px);
  }
  .pulse {
    width: 10px;
    height: 10px;
    margin-bottom: 10px;
    border-radius: 50%;
    background: var(--weir-accent, #5eb1ff);
    animation: pulse 2s ease-in-out infinite;
  }
  .ring {
    width: 36px;
    height: 36px;
    margin-bottom: 10px;
    border: 3px solid rgb(255 255 255 / 25%);
    border-top-color: #fff;
    border-radius: 50%;
    animation: turn 0.9s linear infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.25;
      transform: scale(0.8);
    }
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }

  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-grid;
    grid-auto-flow: column;
    place-items: center;
    min-width: 40px;
    height: 40px;
    padding: 0;
    border: 0;
    border-radius: 8px;
    background: none;
    cursor: pointer;
  }
  @media (hover: hover) {
    .bar button:hover,
    select:hover {
      background: rgb(255 255 255 / 16%);
    }
  }
  :focus-visible {
    outline: 2px solid var(--weir-accent, #5eb1ff);
    outline-offset: -2px;
  }
  .frame:focus-visible::after {
    content: '';
    position: absolute;
    inset: 0;
    border: 2px solid var(--weir-accent, #5eb1ff);
    pointer-events: none;
  }

  .big {
    position: absolute;
    inset: 0;
    margin: auto;
    width: 76px;
    height: 76px;
    border-radius: 50%;
    background: rgb(11 13 16 / 66%);
  }
  .big svg {
    width: 40px;
    height: 40px;
  }
  .sound {
    position: absolute;
    top: 12px;
    left: 12px;
    height: 40px;
    padding: 0 16px 0 10px;
    gap: 6px;
    border-radius: 20px;
    background: #fff;
    color: #0b0d10;
    font-weight: 600;
  }

  .bar {
    position: absolute;
    inset: auto 0 0;
    display: flex;
    align-items: center;
    gap: 2px;
    padding: 32px 8px 6px;
    background: linear-gradient(transparent, rgb(0 0 0 / 72%));
    transition: opacity 0.2s;
  }
  :host([idle][state='live']) .frame:not(:has(.bar :focus-visible)) .bar {
    opacity: 0;
    pointer-events: none;
  }
  .space {
    flex: 1;
  }
  .volume {
    width: 72px;
    margin-right: 6px;
    accent-color: #fff;
  }
  .live {
    gap: 7px;
    padding: 0 10px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .live::before {
    content: '';
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: rgb(255 255 255 / 55%);
  }
  :host([state='live']) .live::before {
    background: var(--weir-live, #ff4d4f);
  }
  .latency {
    color: rgb(255 255 255 / 72%);
    font-variant-numeric: tabular-nums;
  }
  select {
    height: 40px;
    padding: 0 6px;
    border: 0;
    border-radius: 8px;
    background: none;
    cursor: pointer;
  }
  option {
    color: #0b0d10;
    background: #fff;
  }
  .info {
    position: absolute;
    inset: 12px auto auto 12px;
    box-sizing: border-box;
    max-width: min(420px, calc(100% - 24px));
    max-height: calc(100% - 76px);
    padding: 14px 16px;
    overflow: auto;
    border-radius: 10px;
    background: rgb(11 13 16 / 86%);
  }
  .info :is(h2, p, dl, dd) {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .info h2 {
    font-size: 16px;
  }
  .info p,
  .info dt {
    color: rgb(255 255 255 / 78%);
  }
  .info a {
    color: inherit;
  }
  .info dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 2px 14px;
    margin-block: 8px;
    font-variant-numeric: tabular-nums;
  }
  .info .close {
    padding: 0 14px;
    background: rgb(255 255 255 / 16%);
  }
  .announcer {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  @container (max-width: 460px) {
    .volume,
    .latency {
      display: none;
    }
    .bar {
      padding: 24px 2px 2px;
    }
  }
  @container (max-width: 340px) {
    .bar .information,
    .pip {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before {
      animation-duration: 4s !important;
      transition: none !important;
    }
    .pulse {
      animation: none;
    }
  }
`
