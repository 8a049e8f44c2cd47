import { onBeforeUnmount, ref } from 'vue'
import { lang } from './useSettings'

/** useSpeech reads a sentence with the phone's voice, slowly; able is false where there is none. */
export function useSpeech() {
  const able = 'speechSynthesis' in window && typeof SpeechSynthesisUtterance === 'function'
  const speaking = ref(false)

  function speak(sentence: string) {
    speechSynthesis.cancel()
    const utterance = new SpeechSynthesisUtterance(sentence)
    utterance.lang = lang.value === 'zh' ? 'zh-CN' : 'en-GB'
    utterance.rate = 0.85
    utterance.onend = utterance.onerror = () => { speaking.value = false }
    speaking.value = true
    speechSynthesis.speak(utterance)
  }

  function hush() {
    if (able) speechSynthesis.cancel()
    speaking.value = false
  }

  onBeforeUnmount(hush)
  return { able, speaking, speak, hush }
}
