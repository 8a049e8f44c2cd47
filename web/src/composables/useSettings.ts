// What this phone remembers about how it shows things: language, size, light, sound.

import { ref, watch, type Ref } from 'vue'
import type { Lang } from '../domain/period'

export type Size = 'normal' | 'elder'
export type Theme = 'light' | 'sunlight'
export type Sound = 'on' | 'off'

export const lang = remembered<Lang>('lang', ['zh', 'en'], deviceLang())
export const size = remembered<Size>('size', ['normal', 'elder'], 'normal')
export const theme = remembered<Theme>('theme', ['light', 'sunlight'], 'light')
export const sound = remembered<Sound>('sound', ['on', 'off'], 'on')
/** A page that is always in elder type, whatever the phone remembers (PIN pages). */
const forcedSize = ref<Size | ''>('')

/** useSettings gives the phone's settings and their switches. */
export function useSettings() {
  return {
    lang, size, theme, sound, forcedSize,
    toggleSize: () => { size.value = size.value === 'elder' ? 'normal' : 'elder' },
    toggleTheme: () => { theme.value = theme.value === 'sunlight' ? 'light' : 'sunlight' },
    toggleSound: () => { sound.value = sound.value === 'on' ? 'off' : 'on' },
  }
}

/** applySettings keeps the attributes of <html> equal to the settings. */
export function applySettings() {
  watch([lang, size, theme, forcedSize], () => {
    const root = document.documentElement
    root.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
    setOrDrop(root, 'data-size', (forcedSize.value || size.value) === 'elder' ? 'elder' : '')
    setOrDrop(root, 'data-theme', theme.value === 'sunlight' ? 'sunlight' : '')
  }, { immediate: true })
}

/** wasChosen tells whether the person ever set a setting on this phone. */
export function wasChosen(name: 'lang' | 'size' | 'theme' | 'sound'): boolean {
  return read(name) !== null
}

function setOrDrop(element: HTMLElement, name: string, value: string) {
  if (value) element.setAttribute(name, value)
  else element.removeAttribute(name)
}

function deviceLang(): Lang {
  const first = (navigator.language || 'zh').toLowerCase()
  return first.startsWith('en') ? 'en' : 'zh'
}

function remembered<T extends string>(name: string, allowed: readonly T[], fallback: T): Ref<T> {
  const kept = read(name)
  const value = ref(allowed.indexOf(kept as T) >= 0 ? kept : fallback) as Ref<T>
  watch(value, (now) => {
    try {
      localStorage.setItem('hufen.' + name, now)
    } catch { /* private mode: the setting lasts as long as the page */ }
  })
  return value
}

function read(name: string): string | null {
  try {
    return localStorage.getItem('hufen.' + name)
  } catch {
    return null
  }
}
