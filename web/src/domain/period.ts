// Days, months and times of day as people say them. Days are texts 2026-07-14,
// months 2026-07, instants RFC 3339; the programme's zone is China's.

import { now } from './clock'

export type Lang = 'zh' | 'en'

const englishMonths = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
  'September', 'October', 'November', 'December']
const zoneMinutes = 8 * 60

/** Parts of an instant in China's time. */
interface Parts { year: number; month: number; day: number; hour: number; minute: number }

function partsOf(instant: string | number): Parts {
  const at = new Date(new Date(instant).getTime() + zoneMinutes * 60000)
  return {
    year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(),
    hour: at.getUTCHours(), minute: at.getUTCMinutes(),
  }
}

const two = (n: number) => (n < 10 ? '0' : '') + n

/** dayOf gives the day of an instant: 2026-07-14. */
export function dayOf(instant: string | number): string {
  const { year, month, day } = partsOf(instant)
  return `${year}-${two(month)}-${two(day)}`
}

/** today gives the present day. */
export function today(): string {
  return dayOf(now())
}

/** thisMonth gives the present month: 2026-07. */
export function thisMonth(): string {
  return today().slice(0, 7)
}

/** addMonths counts months on from a month: addMonths('2026-01', -1) is 2025-12. */
export function addMonths(month: string, count: number): string {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + count
  return `${Math.floor(index / 12)}-${two((index % 12) + 1)}`
}

/** addDays counts days on from a day. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day + 'T00:00:00Z') + count * 86400000).toISOString().slice(0, 10)
}

/** lastMonths lists `count` months up to and with `month`, newest first. */
export function lastMonths(month: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addMonths(month, -index))
}

/** firstDay and lastDay bound a month. */
export function firstDay(month: string): string {
  return month + '-01'
}

export function lastDay(month: string): string {
  return addDays(firstDay(addMonths(month, 1)), -1)
}

/** formatTime writes an instant's time of day: 09:41. */
export function formatTime(instant: string | number): string {
  const { hour, minute } = partsOf(instant)
  return `${two(hour)}:${two(minute)}`
}

/** formatDay writes a day: 7 月 14 日, 14 July; the year only when it is not this one. */
export function formatDay(day: string, lang: Lang, now = today()): string {
  const [year, month, date] = day.slice(0, 10).split('-').map(Number)
  const same = String(year) === now.slice(0, 4)
  if (lang === 'zh') return `${same ? '' : `${year} 年 `}${month} 月 ${date} 日`
  return `${date} ${englishMonths[month - 1]}${same ? '' : ` ${year}`}`
}

/** formatMonth writes a month: 2026 年 7 月, July 2026. */
export function formatMonth(month: string, lang: Lang): string {
  const [year, number] = month.split('-').map(Number)
  return lang === 'zh' ? `${year} 年 ${number} 月` : `${englishMonths[number - 1]} ${year}`
}

/** formatMonthOnly writes a month without its year: 7 月, July. */
export function formatMonthOnly(month: string, lang: Lang): string {
  const number = Number(month.slice(5, 7))
  return lang === 'zh' ? `${number} 月` : englishMonths[number - 1]
}

/** formatDayOnly writes a day within its month: 14 日, 14. */
export function formatDayOnly(day: string, lang: Lang): string {
  const number = Number(day.slice(8, 10))
  return lang === 'zh' ? `${number} 日` : String(number)
}

/** formatMoment writes an instant: 09:41 today, 昨天 08:12 the day before, else the day with it. */
export function formatMoment(instant: string | number, lang: Lang, now = today()): string {
  const day = dayOf(instant)
  const time = formatTime(instant)
  if (day === now) return time
  if (day === addDays(now, -1)) return `${lang === 'zh' ? '昨天' : 'yesterday'} ${time}`
  return `${formatDay(day, lang, now)} ${time}`
}

/** formatInstant writes an instant with its day always: 7 月 14 日 09:41. */
export function formatInstant(instant: string | number, lang: Lang, now = today()): string {
  return `${formatDay(dayOf(instant), lang, now)} ${formatTime(instant)}`
}
