// Own small dictionary. Each area keeps its sentences in i18n/<area>.ts, both
// languages side by side, so that a missing translation does not compile:
//
//   export const shopText = texts({ out: { zh: '缺货', en: 'Out of stock' } })
//
// and a page reads them by key, typed:  const t = useText(shopText); t('out')
// {name} stands for an argument. English may give "one | many"; {n} decides. Inside
// a sentence [point|points] takes the form of the number written last before it.

import { lang } from '../composables/useSettings'
import type { Lang } from '../domain/period'

export type Sentence = Record<Lang, string>
export type Args = Record<string, string | number>
export type Texts = Record<string, Sentence>

/** texts types an area's dictionary without losing its keys. */
export function texts<T extends Texts>(dictionary: T): T {
  return dictionary
}

/** useText gives the reader of one area's dictionary, in the language of the settings. */
export function useText<T extends Texts>(dictionary: T) {
  return (key: keyof T & string, args?: Args): string => fill(dictionary[key], lang.value, args)
}

/** fill writes one sentence in a language. */
export function fill(sentence: Sentence, language: Lang, args: Args = {}): string {
  const forms = sentence[language].split(' | ')
  const form = forms.length > 1 && args.n !== 1 ? forms[1] : forms[0]
  let last = ''
  return form.replace(/\{(\w+)\}|\[([^|\]]*)\|([^\]]*)\]/g, (whole, name?: string, one?: string, many?: string) => {
    if (!name) return (/^[+−-]?1$/.test(last) ? one : many) || ''
    if (!(name in args)) return whole
    last = String(args[name])
    return last
  })
}
