// What a change of a household asks for, by kind, before it is sent.

import type { NewSuccession, SuccessionKind } from '../api/types'
import { newId } from './id'
import { parsePoints } from './points'

export interface ChangeForm {
  kind: SuccessionKind
  from: string
  reason: string
  members: string
  points: string
  reissue: boolean
  target: string
  division: string
  house: string
  head: string
  phone: string
  consent: boolean
}

/** Ids of what comes about; they stay the same until the change is done. */
export interface ChangeIds {
  household: string
  card: string
  ownCard: string
}

export const newChangeIds = (): ChangeIds => ({ household: newId(), card: newId(), ownCard: newId() })

/** needs tells which parts of the form a kind has. */
export const needs = (kind: SuccessionKind) => ({
  place: kind === 'split' || kind === 'move',
  people: kind === 'split',
  target: kind === 'merge' || kind === 'close' || kind === 'rest',
})

/** changeOf makes the request of a form. */
export function changeOf(id: string, household: string, form: ChangeForm, ids: ChangeIds): NewSuccession {
  const part = needs(form.kind)
  const points = parsePoints(form.points)
  return {
    id, kind: form.kind, household_id: household, from: form.from || undefined, reason: form.reason.trim(),
    target_id: part.target && form.target ? form.target : undefined,
    members: part.people ? Number(form.members) : undefined,
    points: part.people && form.points.trim() && points !== null ? points : undefined,
    card_id: part.people && form.reissue ? ids.ownCard : undefined,
    place: part.place ? {
      household_id: ids.household, card_id: ids.card, division_id: form.division, house_number: form.house.trim(),
      head_name: part.people ? form.head.trim() : undefined, phone: part.people && form.phone.trim() ? form.phone.trim() : undefined,
      consent: part.people && form.consent ? true : undefined,
    } : undefined,
  }
}
