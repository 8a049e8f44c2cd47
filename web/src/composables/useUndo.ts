import { reverseDropOff } from '../api/drop-offs'
import { newId } from '../domain/id'
import { useText } from '../i18n'
import { dropOffText } from '../i18n/drop-off'
import * as outbox from '../outbox/outbox'
import { useAction } from './useAction'

/** useUndo takes a drop-off back: from the phone if it was never sent, else by the server's reversal. */
export function useUndo() {
  const t = useText(dropOffText)
  /** One reversal id per drop-off, so that pressing again repeats and does not double. */
  const ids: Record<string, string> = {}

  const { busy, problem, run } = useAction(async (id: string): Promise<'local' | 'reversed'> => {
    if (await outbox.takeBack(id)) return 'local'
    ids[id] = ids[id] || newId()
    await reverseDropOff(id, ids[id], t('undoReason'))
    await outbox.markUndone(id)
    return 'reversed'
  })
  return { busy, problem, undo: run }
}
