// What a household is about to take, kept while the phone is turned round for
// the PIN and while the network is away. The id of the redemption goes with it:
// sent again it is the same redemption, with other goods it is another one.

import { computed, ref, shallowRef } from 'vue'
import { Problem } from '../api/client'
import * as api from '../api/redemptions'
import type { CardHousehold, Goods, HouseholdBrief, Redemption } from '../api/types'
import { newId } from '../domain/id'

/** How the household agrees. */
export type Consent = { pin: string } | { photo_id: string } | { confirmation: string } | Record<string, never>

/** A kind of goods and how many of it. */
export interface Chosen { goods: Goods; quantity: number }

const code = ref('')
const shop = ref('')
const card = shallowRef<CardHousehold>()
const goods = shallowRef<Goods[]>([])
const counts = ref<Record<string, number>>({})
const id = ref('')
/** Receipts of this phone with the household they are for, so that one shows without a second request. */
const receipts = new Map<string, Redemption>()

const lines = computed<Chosen[]>(() => goods.value
  .filter((one) => counts.value[one.id] > 0)
  .map((one) => ({ goods: one, quantity: counts.value[one.id] })))
const pieces = computed(() => lines.value.reduce((sum, line) => sum + line.quantity, 0))
const points = computed(() => lines.value.reduce((sum, line) => sum + line.quantity * line.goods.points, 0))
const items = computed(() => lines.value.map((line) => ({ goods_id: line.goods.id, quantity: line.quantity })))

/** useBasket gives the one basket there is. */
export function useBasket() {
  return { code, shop, card, goods, counts, lines, pieces, points, items, begin, stock, set, clear, redeem, settle, receiptOf }
}

/** begin opens the basket for a card; the same card in the same shop keeps what was chosen. */
function begin(nextCode: string, nextShop: string) {
  if (code.value === nextCode && shop.value === nextShop) return
  clear()
  code.value = nextCode
  shop.value = nextShop
}

/** stock puts the shop's goods on the shelf; what is no longer there is taken out of the basket. */
function stock(found: Goods[]) {
  goods.value = found.filter((one) => one.active)
  for (const goodsId of Object.keys(counts.value)) {
    const there = goods.value.filter((one) => one.id === goodsId)[0]
    const most = there ? there.stock : 0
    if (counts.value[goodsId] > most) set(goodsId, most)
  }
}

function set(goodsId: string, quantity: number) {
  counts.value = { ...counts.value, [goodsId]: quantity }
  id.value = ''
}

function clear() {
  code.value = ''
  shop.value = ''
  card.value = undefined
  counts.value = {}
  id.value = ''
}

/**
 * redeem asks for what is in the basket. A refusal uses the id up: what the
 * server once refused it refuses for ever, so the next try is another one.
 * Without an answer the id stays, for settle.
 */
async function redeem(consent: Consent): Promise<Redemption> {
  id.value = id.value || newId()
  try {
    return finish(await api.redeem({ id: id.value, card_code: code.value, shop_id: shop.value, items: items.value, points: points.value, ...consent }))
  } catch (error) {
    // Where the id was used already, something was given: a new id might give it twice.
    if (error instanceof Problem && error.status < 500 && error.code !== 'request.id_reused') id.value = ''
    throw error
  }
}

/** settle finds out what became of a redemption nobody answered: done, or undefined when nothing happened. */
async function settle(): Promise<Redemption | undefined> {
  if (!id.value) return undefined
  try {
    return finish(await api.getRedemption(id.value))
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}

function finish(redemption: Redemption): Redemption {
  const household: HouseholdBrief | undefined = redemption.household || (card.value && card.value.household)
  const receipt = { ...redemption, household }
  receipts.set(receipt.id, receipt)
  code.value = '' // the next begin clears; the page on screen still shows what was taken
  id.value = ''
  return receipt
}

function receiptOf(redemptionId: string): Redemption | undefined {
  return receipts.get(redemptionId)
}
