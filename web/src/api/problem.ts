// What can go wrong with a request: the server refused it (Problem), or nothing
// came back (Unreachable).

import { commonText } from '../i18n/common'
import { fill } from '../i18n'
import { lang } from '../composables/useSettings'

export interface ProblemDetail {
  code: string
  detail: string
  pointer?: string
}

/** Problem is an answer of the server in application/problem+json; its message is the person's sentence. */
export class Problem extends Error {
  readonly status: number
  /** Code for programs: card.unknown, ledger.insufficient_points. */
  readonly code: string
  readonly pointer: string
  readonly details: ProblemDetail[]
  readonly requestId: string

  constructor(status: number, body: unknown) {
    const fields = (typeof body === 'object' && body ? body : {}) as Record<string, unknown>
    super(typeof fields.detail === 'string' && fields.detail ? fields.detail : fill(commonText.unexpected, lang.value))
    Object.setPrototypeOf(this, Problem.prototype)
    this.name = 'Problem'
    this.status = status
    this.code = typeof fields.code === 'string' ? fields.code : 'http.' + status
    this.pointer = typeof fields.pointer === 'string' ? fields.pointer : ''
    this.details = Array.isArray(fields.errors) ? fields.errors as ProblemDetail[] : []
    this.requestId = typeof fields.request_id === 'string' ? fields.request_id : ''
  }

  /** sentenceAt gives the sentence for one field of the request, or ''. Pointers look like /items/0/grams. */
  sentenceAt(pointer: string): string {
    const found = this.details.filter((detail) => detail.pointer === pointer)[0]
    if (found) return found.detail
    return this.pointer === pointer ? this.message : ''
  }
}

/** Unreachable means no answer came: no network, or the server is down. */
export class Unreachable extends Error {
  constructor() {
    super(fill(commonText.unreachable, lang.value))
    Object.setPrototypeOf(this, Unreachable.prototype)
    this.name = 'Unreachable'
  }
}

/** sentenceOf gives what to tell the person about any failure. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem || error instanceof Unreachable) return error.message
  return fill(commonText.unexpected, lang.value)
}

/** hasCode tells whether a failure is the server's refusal with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Problem && error.code === code
}
