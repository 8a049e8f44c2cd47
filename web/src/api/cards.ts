import { api, unwrap } from './client'

/** lookUpCard gives the household behind a card for staff; card.unknown, card.revoked and card.replaced are Problems. */
export const lookUpCard = (code: string) => unwrap(api.POST('/cards/lookup', { body: { card_code: code } }))
