import { texts } from './index'

/** Sentences of scanning and typing a card, on every page that does. */
export const scanText = texts({
  title: { zh: '扫户卡', en: 'Scan a card' },
  finder: { zh: '取景框', en: 'Viewfinder' },
  hint: { zh: '把户卡上的方码放进框里', en: 'Put the card\'s square code in the frame' },
  hintNote: { zh: '扫到会响一声、震一下', en: 'It beeps and buzzes when it is read' },
  starting: { zh: '正在开相机……', en: 'Starting the camera…' },
  denied: { zh: '相机没有打开', en: 'The camera is not allowed' },
  deniedNote: { zh: '请在浏览器设置里允许用相机，或者输卡号', en: 'Allow the camera in the browser\'s settings, or type the number' },
  none: { zh: '这部手机用不了相机', en: 'No camera can be used here' },
  noneNote: { zh: '请拍一张户卡的照片，或者输卡号', en: 'Take a photo of the card, or type the number' },
  torch: { zh: '开灯', en: 'Light' },
  torchOff: { zh: '关灯', en: 'Light off' },
  type: { zh: '输卡号', en: 'Type' },
  photo: { zh: '选照片', en: 'Photo' },
  number: { zh: '卡号', en: 'Card number' },
  numberHint: { zh: '方码下面的 18 位，大小写都行', en: 'The 18 characters under the code, any case' },
  goOn: { zh: '往下走', en: 'Continue' },
  camera: { zh: '用相机扫', en: 'Use the camera' },
  noCode: { zh: '照片里没找到方码。请靠近一点，拍清楚方码再试', en: 'No code was found in the photo. Move closer and take it again' },
  notCard: { zh: '这不是户卡上的方码。请扫户卡上的那一个', en: 'This is not a household card. Scan the code on the card' },
  mistyped: { zh: '卡号对不上，有一位抄错了。请对着卡再看一遍', en: 'The number does not add up, one character is wrong. Compare it with the card' },
  short: { zh: '卡号有 18 位，现在写了 {n} 位。请看看漏了哪一位', en: 'A card number has 18 characters, now there are {n}. See which one is missing' },
  long: { zh: '卡号有 18 位，现在写了 {n} 位。请看看哪一位多了', en: 'A card number has 18 characters, now there are {n}. See which one is too many' },
  character: { zh: '卡号里没有“{c}”。请对着卡再看一眼', en: '“{c}” does not occur in card numbers. Look at the card once more' },
  empty: { zh: '请写上卡号', en: 'Enter the card number' },
})
