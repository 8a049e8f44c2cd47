import { describe, expect, it } from 'vitest'
import { readDetail, type DetailKey } from '../src/domain/audit'
import { auditDetailText } from '../src/i18n/audit-detail'

const a = '0197f3a2-5b6c-7d8e-9f01-23456789abcd'
const details: [string, string, DetailKey, Record<string, string>][] = [
  ['tariff.created', 'version 2 from 2026-08-01', 'tariff', { version: '2', day: '2026-08-01' }],
  ['card.issue', 'for a print sheet', 'cardSheet', {}],
  ['household.register', 'house_number 12, member_count 4 from 2026-07-01, consent true', 'registered', { house: '12', n: '4', day: '2026-07-01', consent: 'true' }],
  ['setting.change', 'point_value_fen = 5, 2026-07-01', 'setting', { setting: 'point_value_fen', value: '5', day: '2026-07-01' }],
  ['expiry.rule', 'year_end 3, 2026-07-01', 'expiry', { mode: 'year_end', months: '3', day: '2026-07-01' }],
  ['goods.create', '洗衣皂: 60 points, stock 20', 'goods', { name: '洗衣皂', points: '60', n: '20' }],
  ['stock.move', '洗衣皂: count -3, now 17', 'count', { name: '洗衣皂', delta: '-3', n: '17' }],
  ['role.grant', 'cadre', 'role', { role: 'cadre' }],
  ['weigh_in.correct', '碑庙转运站 A-17, version 2: 皮重抄错', 'ticket', { station: '碑庙转运站', ticket: 'A-17', version: '2', reason: '皮重抄错' }],
  ['settlement.pay', '青松积分店 2026-07: 12 items, 320.50 points, 1602 fen, FK-27, 2026-08-03', 'settlementWith', { shop: '青松积分店', month: '2026-07', n: '12', points: '320.50', fen: '1602', reason: 'FK-27, 2026-08-03' }],
  ['settlement.submit', '青松积分店 2026-07: 12 items, 320 points, 1600 fen', 'settlement', { shop: '青松积分店', month: '2026-07', n: '12', points: '320', fen: '1600', reason: '' }],
  ['adjustment.post', `adjustment, household ${a}: -8 points, 同一桶登记了两次`, 'adjusted', { points: '-8', reason: '同一桶登记了两次' }],
  ['adjustment.propose', `reversal of redemption ${a}, household ${a}: 62 points, 拿错了`, 'takenBack', { object: 'redemption', points: '62', reason: '拿错了' }],
  ['import.apply', 'households: 200 rows, 198 created, 0 changed, 0 same, 2 wrong', 'imported', { kind: 'households', n: '200', created: '198', changed: '0', same: '0', wrong: '2' }],
  ['baseline.lock', '2026-07 version 1: 7451470 g, 17329 person-days', 'baseline', { month: '2026-07', version: '1', grams: '7451470', days: '17329' }],
  ['baseline.create', '2026-07 version 2: 7451470 g, 17329 person-days, 清运车次估算, 台账 抄错了', 'baselineWith', { month: '2026-07', version: '2', grams: '7451470', days: '17329', reason: '清运车次估算, 台账 抄错了' }],
  ['closing.ask', '2026-07 漏了一笔', 'closing', { month: '2026-07', reason: '漏了一笔' }],
]

describe('details of the audit log', () => {
  it.each(details)('%s %s', (action, detail, key, parts) => {
    expect(readDetail(action, detail)).toEqual({ key, parts })
    expect(auditDetailText).toHaveProperty(key)
  })
  it('leaves names and reasons as they were written', () => {
    expect(readDetail('household.reveal', '电话核对')).toBeNull()
    expect(readDetail('collection_point.create', '村口收集点')).toBeNull()
    expect(readDetail('shop.change', 'version 2 from 2026-08-01')).toBeNull()
  })
})
