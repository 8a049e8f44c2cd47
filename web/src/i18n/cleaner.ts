import { texts } from './index'

/** Sentences of the cleaner's pages. */
export const cleanerText = texts({
  home: { zh: '今天的路线', en: 'Today\'s round' },
  left: { zh: '户还没收', en: 'household to go | households to go' },
  leftNote: { zh: '今天 {all} 户，已收 {done} 户', en: '{done} of {all} visited today' },
  track: { zh: '已收 {done} 户，共 {all} 户', en: '{done} [household|households] visited, of {all}' },
  visited: { zh: '户已经收了', en: 'household visited today | households visited today' },
  visitedNote: { zh: '共 {n} 笔', en: '{n} record | {n} records' },
  groupLeft: { zh: '还剩 {n} 户', en: '{n} to go' },
  groupDone: { zh: '{n} 户已收完', en: 'all {n} visited' },
  now: { zh: '正在收', en: 'now' },
  todayList: { zh: '今天记下的', en: 'Recorded today' },
  records: { zh: '{n} 笔', en: '{n} record | {n} records' },
  scan: { zh: '扫户卡', en: 'Scan a card' },
  offline: { zh: '没有网络，照常记', en: 'No network, carry on' },
  offlineNote: { zh: '{n} 笔存在手机里，有网自动传', en: '{n} record is kept on the phone and sent later | {n} records are kept on the phone and sent later' },
  offlineNone: { zh: '记下的先存在手机里，有网自动传', en: 'Records are kept on the phone and sent later' },
  sentAll: { zh: '有网了，{n} 笔都传上去了', en: 'Back online, {n} record was sent | Back online, all {n} records were sent' },
  sentAllNote: { zh: '积分已经入账', en: 'The points are credited' },
  waiting: { zh: '待上传', en: 'Waiting' },
  refused: { zh: '没收下', en: 'Refused' },
  at: { zh: '在哪儿收', en: 'Collection point' },
  fromServer: { zh: '取不到今天的数，先看手机里的', en: 'Today\'s figures cannot be fetched; this is what the phone knows' },
})
