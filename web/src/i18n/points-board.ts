import { texts } from './index'

/** Sentences of the village's board of points. */
export const pointsBoardText = texts({
  board: { zh: '积分公示', en: 'Points board' },
  month: { zh: '月份', en: 'Month' },
  print: { zh: '打印（A3）', en: 'Print (A3)' },
  choose: { zh: '先选一个村', en: 'Choose a village first' },
  chooseNote: { zh: '积分公示一个村一个村地打印，每个组一张。', en: 'The board is printed village by village, one sheet for each group.' },
  none: { zh: '这个月还没有住户', en: 'No households in this month' },
  running: { zh: '这个月还没有过完，数字还会变。', en: 'The month is not over; the figures will change.' },

  title: { zh: '{month}积分公示', en: 'Points in {month}' },
  until: { zh: '有话请在', en: 'Tell us by' },
  untilEnd: { zh: '前说', en: 'if it is wrong' },
  earned: { zh: '本组得到积分', en: 'points got' },
  redeemed: { zh: '本组换走积分', en: 'points spent' },
  earnedHere: { zh: '得到积分', en: 'points got' },
  redeemedHere: { zh: '换走积分', en: 'points spent' },
  paid: { zh: '镇里付出（元）', en: 'yuan the town pays' },
  rate: { zh: '全村减量率，目标 {target}', en: 'less waste in the village; goal {target}' },
  noRate: { zh: '算不出', en: 'Not known' },
  noRateWhy: { zh: '全村减量率：{reason}', en: 'less waste in the village: {reason}' },
  house: { zh: '户号', en: 'House' },
  head: { zh: '户主', en: 'Head' },
  visits: { zh: '投放', en: 'Visits' },
  times: { zh: '{n} 次', en: '{n}' },
  points: { zh: '得积分', en: 'Points' },
  how: {
    zh: '{month}，按投放的那一天算。按户号排，不排名次。每家的余额不公示，扫自己的户卡看。',
    en: '{month}, counted by the day of the visit. In the order of the houses, not ranked. Balances are not posted: scan your own card.',
  },
  pageOf: { zh: '第 {page} 张，共 {pages} 张', en: 'Sheet {page} of {pages}' },

  wrong: { zh: '哪一笔不对？', en: 'Is something wrong?' },
  tell: {
    zh: '{day}前告诉{who}，或者村务监督委员会任何一位。当面说、写纸条都行。7 天内当面答复您，答复也贴在这里。',
    en: 'Until {day}, tell {who} or anybody of the village supervision committee, in person or on a note. You get an answer in person within 7 days, and it is posted here.',
  },
  cadre: { zh: '村干部', en: 'the village cadre' },
  cadreNamed: { zh: '村干部{name}', en: '{name} of the village' },
  stamp: { zh: '村委会（章）', en: 'Village committee (seal)' },
  sign: { zh: '监督委员会签字', en: 'Supervision committee' },
  sealed: { zh: '{day}封存', en: 'Sealed on {day}' },
  sealWhy: { zh: '账改了一个字，这串字就对不上。', en: 'Change one letter of the book, and this no longer fits.' },
  noSeal: { zh: '账本还没有封存过。', en: 'The book has not been sealed yet.' },
})
