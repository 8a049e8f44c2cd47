// How a household's door is written: 3 组 12 号, Group 3, No. 12.

import type { Lang } from './period'

export interface Door {
  house_number: string
  group?: { name: string }
}

/** houseLabel writes group and house number in a language; names that are not numbers stay as they are. */
export function houseLabel(household: Door, lang: Lang): string {
  const number = houseNumber(household.house_number, lang)
  if (!household.group) return number
  const group = groupName(household.group.name, lang)
  return lang === 'zh' ? `${group} ${number}` : `${group}, ${number}`
}

/** groupName writes 3组 as "3 组" or "Group 3"; a hamlet's own name stays. */
export function groupName(name: string, lang: Lang): string {
  const numbered = /^(\d+)\s*组$/.exec(name.trim())
  if (!numbered) return name.trim()
  return lang === 'zh' ? `${numbered[1]} 组` : `Group ${numbered[1]}`
}

function houseNumber(number: string, lang: Lang): string {
  const plain = /^(\d+)\s*号?$/.exec(number.trim())
  if (!plain) return number.trim()
  const digits = plain[1].replace(/^0+(?=\d)/, '')
  return lang === 'zh' ? `${digits} 号` : `No. ${digits}`
}
