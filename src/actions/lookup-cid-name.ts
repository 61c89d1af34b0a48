import { Type } from 'typebox'
import { child, defineAction, notedDocuments, type Action, type Documents } from '../callflow/index.ts'
import { beginsWith, fitsPattern, listEntries, type ListEntry } from './list-document.ts'

export const lookupCidName = (documents: Documents): Action =>
  defineAction({
    module: 'lookupcidname',
    summary: 'Names the caller as a list does: the phones that ring later show it, and web servers are told it.',
    source: 'KAZOO cf_lookupcidname.erl; schema callflows.lookupcidname',
    data: Type.Object({
      lists: Type.Array(Type.String({ maxLength: 128 }), {
        default: [],
        maxItems: 100,
        description: 'Lists, looked at in this order: the longest number that the caller’s begins with, then patterns',
      }),
    }),
    children: {},
    example: {
      module: 'lookupcidname',
      data: { lists: ['customers'] },
      children: { _: { module: 'user', data: { id: 'ann' } } },
    },
    // Differs from KAZOO, where the name that is found is lost again.
    async run({ lists }, { call }) {
      const { account, variables } = call
      const noted = notedDocuments(documents, call)
      for (const id of lists) {
        const entries = listEntries(await noted.get(account.id, 'lists', id))
        const name = nameIn(entries, variables.callerIdNumber)
        if (name === undefined) continue
        variables.callerIdName = name
        call.tell({ type: 'variables.set', variables: { caller_id_name: name } })
        break
      }
      return child()
    },
  })

function nameIn(entries: readonly ListEntry[], number: string): string | undefined {
  const [longest] = entries
    .filter((entry) => beginsWith(number, entry))
    .toSorted((one, other) => (other.prefix?.length ?? 0) - (one.prefix?.length ?? 0))
  return (longest ?? entries.find((entry) => fitsPattern(number, entry)))?.displayName
}
