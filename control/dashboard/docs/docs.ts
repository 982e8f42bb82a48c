import { copyText } from '../clipboard.ts'

const find = document.querySelector<HTMLInputElement>('#find')
const found = document.querySelector('#found')
const findable = [...document.querySelectorAll<HTMLElement>('[data-find]')]
const chapters = [...document.querySelectorAll<HTMLElement>('[data-chapter]')]

find?.addEventListener('input', () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = findable.filter((element) => {
    const text = element.dataset.find?.toLowerCase() ?? ''
    element.hidden = !words.every((word) => text.includes(word))
    return !element.hidden
  })
  for (const chapter of chapters) chapter.hidden = !shown.some((element) => chapter.contains(element))
  if (found) found.textContent = words.length === 0 ? '' : `${shown.length} found`
})

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('[data-copy]') : null
  const text = button?.parentElement?.querySelector('pre')?.textContent
  if (!button || !text) return
  void copyText(Promise.resolve(text), button).then((isThere) => say(button, isThere ? 'Copied' : 'Not copied'))
})

/** A link leads into what is closed: it opens. */
function openTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target instanceof HTMLDetailsElement) target.open = true
  target?.scrollIntoView()
}
addEventListener('hashchange', openTarget)
openTarget()

function say(button: HTMLButtonElement, words: string): void {
  button.textContent = words
  setTimeout(() => {
    button.textContent = 'Copy'
  }, 2_000)
}
