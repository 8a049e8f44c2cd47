// Names of devices people recognise, from what their browsers say of themselves.

import type { Lang } from './period'

const browsers: readonly [RegExp, string, string][] = [
  [/MicroMessenger\//, '微信', 'WeChat'],
  [/Edg(A|iOS)?\//, 'Edge', 'Edge'],
  [/HuaweiBrowser\//, '华为浏览器', 'Huawei Browser'],
  [/MiuiBrowser\//, '小米浏览器', 'Mi Browser'],
  [/UCBrowser\//, 'UC', 'UC'],
  [/MQQBrowser\/|QQBrowser\//, 'QQ 浏览器', 'QQ Browser'],
  [/(Firefox|FxiOS)\//, 'Firefox', 'Firefox'],
  [/(Chrome|CriOS)\//, 'Chrome', 'Chrome'],
  [/Safari\//, 'Safari', 'Safari'],
]

const machines: readonly [RegExp, string, string][] = [
  [/HarmonyOS|OpenHarmony/, '鸿蒙手机', 'HarmonyOS phone'],
  [/Android/, '安卓手机', 'Android phone'],
  [/iPhone/, '苹果手机', 'iPhone'],
  [/iPad/, 'iPad', 'iPad'],
  [/Windows/, 'Windows 电脑', 'Windows PC'],
  [/Macintosh|Mac OS X/, '苹果电脑', 'Mac'],
  [/Linux|X11/, 'Linux 电脑', 'Linux PC'],
]

/** deviceName says what a User-Agent is: 微信，安卓手机. One that is not known stays as it is, cut to 40 characters. */
export function deviceName(agent: string, lang: Lang): string {
  const known = [find(machines, agent, lang), find(browsers, agent, lang)].filter(Boolean)
  if (known.length === 0) return agent.slice(0, 40)
  return known.join(lang === 'zh' ? '，' : ', ')
}

function find(list: readonly [RegExp, string, string][], agent: string, lang: Lang): string {
  const found = list.filter(([pattern]) => pattern.test(agent))[0]
  return found ? found[lang === 'zh' ? 1 : 2] : ''
}
