// The geometry of the trend: this year's line, the baseline line, the goal, and
// which points are joined how.

import { countAxis, placeOn, type Axis } from './scale'

export interface TrendPoint {
  month: string
  /** Kilograms per person and day; absent where there is no figure at all. */
  value?: number
  base?: number
  /** Enough tickets for a figure. */
  solid: boolean
}

export interface Frame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
}

export interface PlacedPoint extends TrendPoint {
  x: number
  y?: number
  baseY?: number
  goalY?: number
}

export interface Trend {
  axis: Axis
  points: PlacedPoint[]
  /** Paths: solid between solid neighbours, dotted where one of them is not. */
  line: string
  dotted: string
  baseline: string
  goal: string
  band: string
  y: (value: number) => number
}

/** trendOf lays out months from left to right within a frame. `target` is the wanted reduction as a share. */
export function trendOf(points: readonly TrendPoint[], target: number, frame: Frame): Trend {
  const axis = countAxis(points.reduce<number[]>((all, { value, base }) => all.concat(value ?? [], base ?? []), []))
  const wide = frame.width - frame.left - frame.right
  const high = frame.height - frame.top - frame.bottom
  const y = (value: number) => frame.top + high * (1 - placeOn(axis, value))
  const step = points.length > 1 ? wide / (points.length - 1) : 0
  const placed = points.map((point, index): PlacedPoint => ({
    ...point,
    x: frame.left + (points.length > 1 ? step * index : wide / 2),
    y: point.value === undefined ? undefined : y(point.value),
    baseY: point.base === undefined ? undefined : y(point.base),
    goalY: point.base === undefined ? undefined : y(point.base * (1 - target)),
  }))
  return { axis, points: placed, ...linesOf(placed), y }
}

function linesOf(points: readonly PlacedPoint[]) {
  let line = ''
  let dotted = ''
  for (let index = 1; index < points.length; index++) {
    const [a, b] = [points[index - 1], points[index]]
    if (a.y === undefined || b.y === undefined) continue
    const piece = `M${at(a.x, a.y)}L${at(b.x, b.y)}`
    if (a.solid && b.solid) line += piece
    else dotted += piece
  }
  const runs = runsOf(points)
  return {
    line, dotted,
    baseline: runs.map((run) => pathOf(run.map((point) => [point.x, point.baseY!]))).join(''),
    goal: runs.map((run) => pathOf(run.map((point) => [point.x, point.goalY!]))).join(''),
    band: runs.filter((run) => run.length > 1).map((run) => bandOf(run)).join(''),
  }
}

/** runsOf splits the points into unbroken runs of months that have a baseline. */
function runsOf(points: readonly PlacedPoint[]): PlacedPoint[][] {
  const runs: PlacedPoint[][] = []
  let open = false
  for (const point of points) {
    const has = point.baseY !== undefined
    if (has && open) runs[runs.length - 1].push(point)
    else if (has) runs.push([point])
    open = has
  }
  return runs
}

function bandOf(run: readonly PlacedPoint[]): string {
  const back = run.slice().reverse().map((point): [number, number] => [point.x, point.goalY!])
  return pathOf(run.map((point): [number, number] => [point.x, point.baseY!]).concat(back)) + 'Z'
}

function pathOf(points: readonly (readonly number[])[]): string {
  return points.map(([x, y], index) => (index === 0 ? 'M' : 'L') + at(x, y)).join('')
}

const at = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`

/** monthStep says every how many months the axis can carry a label. */
export function monthStep(count: number, width: number, labelWidth: number): number {
  if (count < 2) return 1
  const fits = Math.max(1, Math.floor(width / labelWidth))
  return Math.max(1, Math.ceil((count - 1) / fits))
}
