import { texts } from './index'

export const receiptText = texts({
  line: { zh: '本户第 {seq} 笔', en: 'Line {seq} of this household' },
  code: { zh: '回执码', en: 'Receipt code' },
  scan: { zh: '扫这个码，谁都能查', en: 'Anybody may scan it to check this line' },
  check: { zh: '查回执', en: 'Check it' },
  witness: { zh: '这串码管住本户以前的每一笔，抄下来就是凭证。', en: 'This code stands for every line so far. Copy it down and you can prove them.' },
})
