import { api, unwrap } from './client'

/** lookUpCard gives the household behind a card for staff; card.unknown, card.revoked and card.replaced are Problems. */
export const lookUpCard = (code: string) => unwrap(api.POST('/cards/lookup', { body: { card_code: code } }))

export const issueCard = (id: string, household: string, consent: boolean) =>
  unwrap(api.POST('/cards', { body: { id, household_id: household, consent: consent || undefined } }))

export const revokeCard = (card: string, reason: string) =>
  unwrap(api.POST('/cards/{id}/revoke', { params: { path: { id: card } }, body: { reason } }))

/** replaceCard makes the new card under `id`; the old one is dead at once. */
export const replaceCard = (card: string, id: string, reason: string) =>
  unwrap(api.POST('/cards/{id}/replace', { params: { path: { id: card } }, body: { id, reason } }))

/** cardSheet gives the address of the print page of a division's cards, or of chosen households'. */
export function cardSheet(division: string, households: readonly string[] = []): string {
  const query = households.length > 0 ? households.map((id) => 'household=' + id) : ['division=' + division]
  return '/api/v1/cards/sheet?' + query.join('&')
}
