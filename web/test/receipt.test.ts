import { describe, expect, it } from 'vitest'
import { groupReceipt, isReceipt, normaliseReceipt, splitReceipt } from '../src/domain/receipt'

describe('receipt', () => {
  const code = '06G0-0QJW-TKSK-RGDB-E39E-H2M7'
  it('takes what was typed by hand', () => {
    for (const typed of [code, code.toLowerCase(), code.replace(/-/g, ' '), code.replace(/0/g, 'o'), ` ${code}\n`]) {
      expect(groupReceipt(normaliseReceipt(typed))).toBe(code)
    }
    expect(normaliseReceipt('il')).toBe('11')
  })
  it('writes it in two lines that a small phone holds', () => {
    expect(splitReceipt(code)).toEqual(['06G0-0QJW-TKSK-', 'RGDB-E39E-H2M7'])
    expect(splitReceipt('06g0')).toEqual(['06G0', ''])
  })
  it('knows the shape of a code', () => {
    expect(isReceipt(normaliseReceipt(code))).toBe(true)
    for (const other of ['', '06G0', code + '0', code.replace('G', 'U')]) expect(isReceipt(normaliseReceipt(other))).toBe(false)
  })
})
