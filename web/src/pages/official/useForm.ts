import { ref, shallowRef } from 'vue'
import { Problem, sentenceOf } from '../../api/client'
import { useWrite } from './useWrite'

/** What is wrong, and in which field of the form (its element's id). */
export interface FormError {
  field?: string
  text: string
}

/**
 * useForm checks and sends a form. `check` lists what the page itself sees;
 * `fields` says in which field a part of the request stands ('/member_count':
 * 'members'), so that the server's sentences appear there too.
 */
export function useForm<T>(form: {
  send: (id: string) => Promise<T>
  check?: () => FormError[]
  fields?: Record<string, string>
  done?: (outcome: T) => void
}) {
  const errors = ref<FormError[]>([])
  const sent = shallowRef<T>()
  const { busy, problem, run } = useWrite(form.send)

  async function submit() {
    errors.value = form.check ? form.check() : []
    if (errors.value.length > 0 || busy.value) return
    sent.value = undefined
    const outcome = await run()
    if (problem.value) {
      errors.value = errorsOf(problem.value, form.fields || {})
      return
    }
    sent.value = outcome
    if (form.done) form.done(outcome as T)
  }

  const at = (field: string) => errors.value.filter((error) => error.field === field).map((error) => error.text)[0]
  return { errors, busy, submit, at, sent }
}

/** errorsOf lists a problem's sentences with the fields they are about. */
export function errorsOf(problem: unknown, fields: Record<string, string>): FormError[] {
  if (!(problem instanceof Problem)) return [{ text: sentenceOf(problem) }]
  if (problem.details.length === 0) return [{ field: fieldOf(problem.pointer, fields), text: problem.message }]
  return problem.details.map((detail) => ({ field: fieldOf(detail.pointer || '', fields), text: detail.detail }))
}

/** fieldOf finds the field of a pointer, or of the nearest part above it. */
function fieldOf(pointer: string, fields: Record<string, string>): string | undefined {
  for (let path = pointer; path; path = path.slice(0, path.lastIndexOf('/'))) {
    if (fields[path]) return fields[path]
  }
  return undefined
}
