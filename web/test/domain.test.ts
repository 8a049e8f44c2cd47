import { describe, expect, it } from 'vitest'
import { checkCharacters, groupCode, normaliseCode, readScanned, readTyped } from '../src/domain/card'
import { deviceName } from '../src/domain/device'
import { groupName, houseLabel } from '../src/domain/household'
import { newId } from '../src/domain/id'
import {
  addDays, addMonths, dayOf, formatDay, formatInstant, formatMoment, formatMonth, formatTime, lastDay, lastMonths,
} from '../src/domain/period'
import { formatPercent, formatPoints, formatYuan, parsePoints, signedPoints } from '../src/domain/points'
import { roundOf, type Visit } from '../src/domain/round'
import { byMonth, openingOf } from '../src/domain/statement'
import { award, categoriesOf, flawOf, type Rule } from '../src/domain/tariff'
import { formatJin, formatKg, formatTonnes, parseKg, pressKey, typingCount, typingKg } from '../src/domain/weight'

const body = '7K3M9QX2ABCDEFGH'
const code = body + checkCharacters(body)
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

describe('card', () => {
  it('computes the number mod 1021 as two base-32 digits', () => {
    expect(checkCharacters('0000000000000000')).toBe('00')
    expect(checkCharacters('0000000000000001')).toBe('01')
    expect(checkCharacters('000000000000000Z')).toBe('0Z')
    let number = 0n
    for (const character of body) number = number * 32n + BigInt(alphabet.indexOf(character))
    const rest = Number(number % 1021n)
    expect(checkCharacters(body)).toBe(alphabet[Math.floor(rest / 32)] + alphabet[rest % 32])
  })

  it('reads what people type', () => {
    expect(readTyped(`  ${groupCode(code).toLowerCase()} `)).toEqual({ kind: 'code', code })
    expect(normaliseCode('il-o 0')).toBe('1100')
    expect(normaliseCode('ｉ７ｋ－Ｏ\u3000\u200b\ufeff')).toBe('17K0')
    expect(readTyped('')).toEqual({ kind: 'empty' })
    expect(readTyped('7K3M')).toEqual({ kind: 'short', given: 4 })
    expect(readTyped(code + '0')).toEqual({ kind: 'long', given: 19 })
    expect(readTyped('U' + code.slice(1))).toEqual({ kind: 'character', character: 'U' })
  })

  it('misses no single substitution, swap of neighbours or of next but one', () => {
    for (let at = 0; at < code.length; at++) {
      for (const other of alphabet) {
        if (other === code[at]) continue
        expect(readTyped(code.slice(0, at) + other + code.slice(at + 1)).kind).toBe('mistyped')
      }
      for (const reach of [1, 2]) {
        if (at + reach >= code.length || code[at] === code[at + reach]) continue
        const letters = code.split('')
        ;[letters[at], letters[at + reach]] = [letters[at + reach], letters[at]]
        expect(readTyped(letters.join('')).kind).toBe('mistyped')
      }
    }
  })

  it('reads the address in a square code, upper or lower case, any host', () => {
    expect(readScanned(`HTTPS://HUFEN.EXAMPLE/C/${code}`)).toEqual({ kind: 'code', code })
    expect(readScanned(`http://127.0.0.1:8080/c/${code.toLowerCase()}?x=1`)).toEqual({ kind: 'code', code })
    expect(readScanned(code)).toEqual({ kind: 'code', code })
    expect(readScanned('https://weixin.qq.com/r/abc').kind).toBe('mistyped')
    expect(readScanned('WIFI:S:x;;').kind).toBe('mistyped')
  })

  it('groups as printed', () => {
    expect(groupCode(code)).toMatch(/^.{4}-.{4}-.{4}-.{4}-.{2}$/)
    expect(groupCode('7K3M9')).toBe('7K3M-9')
  })
})

describe('points and money', () => {
  it('shows decimals only when there are any', () => {
    expect(formatPoints(6200)).toBe('62')
    expect(formatPoints(320)).toBe('3.20')
    expect(formatPoints(5)).toBe('0.05')
    expect(formatPoints(2370000)).toBe('23,700')
    expect(formatPoints(-5000)).toBe('−50')
    expect(signedPoints(1200)).toBe('+12')
    expect(signedPoints(0)).toBe('0')
    expect(formatYuan(118500)).toBe('1,185.00')
  })

  it('reads points and refuses what is none', () => {
    expect(parsePoints('62')).toBe(6200)
    expect(parsePoints('3.2')).toBe(320)
    expect(parsePoints(' 1,000 ')).toBe(100000)
    for (const bad of ['', 'x', '3.205', '1e3', 'NaN', '--1', '.5', '9999999999999']) expect(parsePoints(bad)).toBeNull()
  })

  it('writes shares, never a minus zero', () => {
    expect(formatPercent(0.302)).toBe('30.2%')
    expect(formatPercent(-0.0001)).toBe('0.0%')
    expect(formatPercent(-0.12)).toBe('−12.0%')
  })
})

describe('weight', () => {
  it('is kilograms and jin on screen', () => {
    expect(formatKg(3600)).toBe('3.6')
    expect(formatKg(3625)).toBe('3.625')
    expect(formatKg(12400000)).toBe('12,400.0')
    expect(formatJin(3600)).toBe('7.2')
    expect(formatTonnes(12400000)).toBe('12.4')
    expect(parseKg('3.6')).toBe(3600)
    expect(parseKg('-1')).toBeNull()
    expect(parseKg('1.2345')).toBeNull()
  })

  it('lets only a weight be typed', () => {
    const type = (keys: string, typing = typingKg) => keys.split('').reduce((text, key) => pressKey(text, key, typing), '')
    expect(type('3.6')).toBe('3.6')
    expect(type('3.6.5')).toBe('3.65')
    expect(type('.5')).toBe('0.5')
    expect(type('007')).toBe('7')
    expect(type('12345')).toBe('123')
    expect(type('1.2345')).toBe('1.23')
    expect(type('5.0', typingCount)).toBe('50')
    expect(pressKey('3.', 'erase', typingKg)).toBe('3')
  })
})

describe('period', () => {
  it('counts days and months', () => {
    expect(addMonths('2026-01', -1)).toBe('2025-12')
    expect(addMonths('2026-11', 3)).toBe('2027-02')
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
    expect(lastDay('2028-02')).toBe('2028-02-29')
    expect(lastMonths('2026-02', 3)).toEqual(['2026-02', '2026-01', '2025-12'])
  })

  it('is on China time wherever the phone is', () => {
    expect(dayOf('2026-07-13T16:30:00Z')).toBe('2026-07-14')
    expect(formatTime('2026-07-13T16:30:00Z')).toBe('00:30')
  })

  it('says days as people do', () => {
    expect(formatDay('2026-07-14', 'zh', '2026-11-01')).toBe('7 月 14 日')
    expect(formatDay('2025-07-14', 'zh', '2026-11-01')).toBe('2025 年 7 月 14 日')
    expect(formatDay('2025-07-14', 'en', '2026-11-01')).toBe('14 July 2025')
    expect(formatMonth('2026-07', 'zh')).toBe('2026 年 7 月')
    expect(formatMoment('2026-07-14T01:41:00Z', 'zh', '2026-07-14')).toBe('09:41')
    expect(formatMoment('2026-07-13T00:12:00Z', 'zh', '2026-07-14')).toBe('昨天 08:12')
    expect(formatInstant('2026-07-14T01:41:00Z', 'en', '2026-07-14')).toBe('14 July 09:41')
  })
})

describe('id', () => {
  it('is a UUIDv7 of its time, and later ones sort later', () => {
    const now = Date.now() + 1000
    const ids = Array.from({ length: 5000 }, () => newId(now))
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(ids[0].slice(0, 8) + ids[0].slice(9, 13), 16)).toBe(now)
    expect(ids.slice().sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(newId(now - 60000) > ids[4999]).toBe(true)
  })
})

describe('household', () => {
  it('writes the door as it hangs there', () => {
    expect(houseLabel({ house_number: '12', group: { name: '3组' } }, 'zh')).toBe('3 组 12 号')
    expect(houseLabel({ house_number: '012号', group: { name: '3 组' } }, 'en')).toBe('Group 3, No. 12')
    expect(houseLabel({ house_number: '7-附1', group: { name: '王家湾' } }, 'zh')).toBe('王家湾 7-附1')
    expect(houseLabel({ house_number: '5' }, 'zh')).toBe('5 号')
    expect(groupName('王家湾', 'en')).toBe('王家湾')
  })
})

describe('round', () => {
  const visit = (id: string, group: string, at: string, status = 'credited'): Visit =>
    ({ household: { id, group: { id: group, name: group } }, status, happened_at: at })
  const sizes = [{ id: 'a', name: 'a', households: 2 }, { id: 'b', name: 'b', households: 3 }, { id: 'c', name: 'c', households: 1 }]

  it('counts each door once and puts the group being visited first', () => {
    const round = roundOf([
      visit('1', 'a', '1'), visit('1', 'a', '2'), visit('2', 'a', '3'), visit('3', 'b', '4'), visit('9', 'c', '5', 'reversed'),
    ], sizes)
    expect(round).toMatchObject({ all: 6, done: 3 })
    expect(round.groups.map(({ id, done, here }) => ({ id, done, here }))).toEqual([
      { id: 'b', done: 1, here: true }, { id: 'c', done: 0, here: false }, { id: 'a', done: 2, here: false },
    ])
  })

  it('is empty without anything known', () => {
    expect(roundOf([], [])).toEqual({ all: 0, done: 0, groups: [] })
  })
})

describe('tariff', () => {
  const food: Rule = { item: 'food', category: 'food', name_zh: '厨余', name_en: 'Kitchen', basis: 'per_grade', excellent: 1000, good: 800, fair: 600, poor: 0 }
  const paper: Rule = { item: 'paper', category: 'recyclable', name_zh: '纸', name_en: 'Paper', basis: 'per_kg', points: 5000 }
  const bags: Rule = { item: 'bags', category: 'residual', name_zh: '袋', name_en: 'Bags', basis: 'per_count', points: 100, per_count: 50 }

  it('awards by grade, by weight half up, by count', () => {
    expect(award(food, { item: 'food', grade: 'good', grams: 9000 })).toBe(800)
    expect(award(food, { item: 'food' })).toBe(0)
    expect(award(paper, { item: 'paper', grams: 3625 })).toBe(18125)
    expect(award({ ...paper, points: 1 }, { item: 'paper', grams: 500 })).toBe(1)
    expect(award(bags, { item: 'bags', pieces: 60 })).toBe(120)
  })

  it('says what is missing', () => {
    expect(flawOf(food, { item: 'food' }, 60000)).toEqual({ kind: 'no-grade' })
    expect(flawOf(paper, { item: 'paper' }, 60000)).toEqual({ kind: 'no-weight' })
    expect(flawOf(paper, { item: 'paper', grams: 360000 }, 60000)).toEqual({ kind: 'weight', most: 60000, given: 360000 })
    expect(flawOf(bags, { item: 'bags', pieces: 0 }, 60000)).toEqual({ kind: 'no-count' })
    expect(flawOf(food, { item: 'food', grade: 'poor' }, 60000)).toBeNull()
  })

  it('puts kitchen waste first', () => {
    expect(categoriesOf([bags, paper, food])).toEqual(['food', 'recyclable', 'residual'])
  })
})

describe('statement', () => {
  it('groups by the month on China time', () => {
    const line = (effective_at: string) => ({ effective_at, points: 1, balance_after: 1 })
    const months = byMonth([line('2026-07-31T16:00:00Z'), line('2026-07-31T15:59:00Z'), line('2026-07-01T00:00:00Z')])
    expect(months.map(({ month, lines }) => [month, lines.length])).toEqual([['2026-08', 1], ['2026-07', 2]])
    expect(openingOf(9800, 9400, 6000)).toBe(6400)
  })
})

describe('device', () => {
  it('is named as people know it', () => {
    const android = 'Mozilla/5.0 (Linux; Android 9; V1818A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile Safari/537.36'
    expect(deviceName(android, 'zh')).toBe('安卓手机，Chrome')
    expect(deviceName(android + ' MicroMessenger/8.0', 'zh')).toBe('安卓手机，微信')
    expect(deviceName('Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537.36 Edg/120.0', 'en')).toBe('Windows PC, Edge')
    expect(deviceName('curl/8.0', 'zh')).toBe('curl/8.0')
    expect(deviceName('', 'zh')).toBe('')
  })
})
