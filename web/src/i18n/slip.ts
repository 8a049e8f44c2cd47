import { texts } from './index'

/** The slip of a drop-off: what was recorded, what it earned, or why it has earned nothing yet. */
export const slipText = texts({
  title: { zh: '投放确认单', en: 'Drop-off slip' },
  open: { zh: '打确认单', en: 'Print a slip' },
  print: { zh: '打印', en: 'Print' },
  earned: { zh: '得到', en: 'Earned' },
  nothing: { zh: '这一笔没有得分', en: 'No points for this one' },
  nothingCap: { zh: '已到上限，投放照样记下。', en: 'The cap was reached. The drop-off itself is recorded.' },
  nothingSay: { zh: '按积分标准不计分，投放照样记下。', en: 'The tariff gives none. The drop-off itself is recorded.' },
  waits: { zh: '还没有入账', en: 'Not credited yet' },
  waitsPoints: { zh: '审过可得', en: 'If accepted' },
  refused: { zh: '没有通过，没有得分', en: 'Not accepted, no points' },
  reversed: { zh: '已撤销，没有得分', en: 'Taken back, no points' },
  noCode: { zh: '没有动积分，账上没有这一笔，所以没有回执码。要问就报编号。', en: 'No points moved and nothing is in the ledger, so there is no receipt code. Ask by the number.' },
  noCodeYet: { zh: '入账以后才有回执码。要问就报编号。', en: 'It has a receipt code once it is credited. Until then ask by the number.' },
  happened: { zh: '投放', en: 'Dropped off' },
  recorded: { zh: '记录', en: 'Recorded' },
  cleaner: { zh: '保洁员', en: 'Cleaner' },
  point: { zh: '投放点', en: 'Collection point' },
  number: { zh: '编号', en: 'Number' },
  printed: { zh: '{day}打印', en: 'Printed {day}' },

  posted: { zh: '公示到 {day}，没人提异议就记分。', en: 'Posted until {day}; it counts if nobody objects.' },
  objected: { zh: '有人提了异议，村里看过再记分。', en: 'Somebody objected; the village looks at it first.' },
})
