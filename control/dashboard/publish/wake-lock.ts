/** Keeps the screen on while something is sent: a phone that goes to sleep stops its camera. */
export class WakeLock {
  #wanted = false
  #lock: WakeLockSentinel | undefined

  constructor() {
    // The browser lets go of it whenever the page is out of sight.
    document.addEventListener('visibilitychange', () => void this.#take())
  }

  hold(wanted: boolean): void {
    if (this.#wanted === wanted) return
    this.#wanted = wanted
    if (wanted) void this.#take()
    else void this.#lock?.release().catch(() => {})
  }

  async #take(): Promise<void> {
    if (!this.#wanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
    // Refused to save the battery: then it goes on without.
    this.#lock = await navigator.wakeLock.request('screen').catch(() => undefined)
    if (!this.#wanted) await this.#lock?.release()
  }
}
