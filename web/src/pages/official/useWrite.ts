import { Problem } from '../../api/client'
import { useAction } from '../../composables/useAction'
import { newId } from '../../domain/id'

/**
 * useWrite is useAction for writes that carry a client-made id. The id stays
 * the same while the outcome is unknown (no network, a fault of the server),
 * so that pressing again repeats and never doubles; an answer renews it.
 */
export function useWrite<A extends unknown[], T>(write: (id: string, ...args: A) => Promise<T>) {
  let id = newId()
  return useAction(async (...args: A) => {
    try {
      const outcome = await write(id, ...args)
      id = newId()
      return outcome
    } catch (error) {
      if (isAnswer(error)) id = newId()
      throw error
    }
  })
}

/** isAnswer tells a refusal, after which nothing was stored, from an unknown outcome. */
export function isAnswer(error: unknown): boolean {
  if (!(error instanceof Problem) || error.code === 'request.id_reused') return false
  return error.status >= 400 && error.status < 500 && [401, 408, 429].indexOf(error.status) < 0
}
