import { reactive } from 'vue'
import { loadOf, type LoadFlaw, type LoadText, type WeighHow } from '../../domain/weighin'
import { useText } from '../../i18n'
import { reportText } from '../../i18n/reports'
import type { FormError } from './useForm'

/** useLoadFields keeps what is typed about a load and says what is wrong with it, at fields `<id>-gross` and so on. */
export function useLoadFields(id: string, how: WeighHow) {
  const t = useText(reportText)
  const text = reactive<LoadText>({ how, gross: '', tare: '', net: '', buckets: '' })

  function sentence(flaw: LoadFlaw): string {
    if (flaw.kind === 'large') return t('tareLarge', { tare: text.tare, gross: text.gross })
    if (flaw.field === 'buckets') return t(text.buckets.trim() ? 'bucketBad' : 'bucketMissing', { given: text.buckets })
    return flaw.kind === 'missing' ? t('kgMissing') : t('kgBad', { given: text[flaw.field] })
  }

  const check = (): FormError[] => loadOf(text).flaws.map((flaw) => ({ field: `${id}-${flaw.field}`, text: sentence(flaw) }))
  const fields = { '/gross_grams': id + '-gross', '/tare_grams': id + '-tare', '/net_grams': id + '-net', '/buckets': id + '-buckets' }
  return { text, check, fields, load: () => loadOf(text).load }
}
