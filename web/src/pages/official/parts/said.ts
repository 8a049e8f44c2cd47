import type { InjectionKey } from 'vue'

/** Parts of a page tell it what was done; it says so on top and fetches anew. */
export const saidKey: InjectionKey<(words: string) => void> = Symbol('said')
