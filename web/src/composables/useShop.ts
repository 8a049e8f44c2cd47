import { computed, ref } from 'vue'
import { useSession } from './useSession'

const key = 'hufen.shop'
const chosen = ref(recall())

/** useShop gives the shops the person keeps and the one this phone stands in. */
export function useShop() {
  const { grants } = useSession()
  const own = computed(() => grants.value.filter((grant) => grant.role === 'shopkeeper' && grant.shop))
  const shops = computed(() => own.value.map((grant) => grant.shop!))
  const shop = computed(() => shops.value.filter(({ id }) => id === chosen.value)[0] || shops.value[0])
  const place = computed(() => {
    const grant = own.value.filter((one) => one.shop === shop.value)[0]
    return grant && grant.division ? grant.division.name : ''
  })
  return { shops, shop, place, choose }
}

function choose(id: string) {
  chosen.value = id
  try {
    localStorage.setItem(key, id)
  } catch { /* private mode */ }
}

function recall(): string {
  try {
    return localStorage.getItem(key) || ''
  } catch {
    return ''
  }
}
