import { describe, expect, it } from 'vitest'
import { paginate } from '../src/domain/points-board'

const rows = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('paginate', () => {
  it('sets forty on the first sheet and fifty on each further one, left column first', () => {
    const shape = (count: number) => paginate(rows(count)).map((columns) => columns.map((one) => one.length))
    expect(shape(0)).toEqual([[0, 0]])
    expect(shape(7)).toEqual([[4, 3]])
    expect(shape(30)).toEqual([[15, 15]])
    expect(shape(41)).toEqual([[20, 20], [1, 0]])
    expect(shape(141)).toEqual([[20, 20], [25, 25], [25, 25], [1, 0]])
  })
  it('leaves nobody out', () => {
    expect(paginate(rows(83)).flat(2)).toEqual(rows(83))
  })
})
