import { watchEffect } from 'vue'
import { lang } from './useSettings'

/** usePageTitle keeps the browser's title equal to what the page says it is. */
export function usePageTitle(title: () => string) {
  watchEffect(() => {
    const name = lang.value === 'zh' ? '户分' : 'Hufen'
    document.title = title() ? `${title()} · ${name}` : name
  })
}
