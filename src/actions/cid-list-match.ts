import { Type } from 'typebox'
import { child, defineAction, notedDocuments, type Action, type Documents } from '../callflow/index.ts'
import { beginsWith, fitsPattern, listEntries } from './list-document.ts'

export const cidListMatch = (documents: Documents): Action =>
  defineAction({
    module: 'cidlistmatch',
    summary: "Branches on whether the caller's number is in a list.",
    source: 'KAZOO cf_cidlistmatch.erl; schema callflows.cidlistmatch',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The list' })),
    }),
    children: {
      match: 'An entry has the number, or what it begins with, or a pattern that fits',
      nomatch: 'No entry does',
    },
    example: {
      module: 'cidlistmatch',
      data: { id: 'unwanted' },
      children: {
        match: { module: 'response', data: { code: 603 } },
        nomatch: { module: 'tts', data: { text: 'Hello.' } },
      },
    },
    async run({ id }, { call }) {
      const { account, variables } = call
      const number = variables.callerIdNumber
      const list = id === undefined ? undefined : await notedDocuments(documents, call).get(account.id, 'lists', id)
      const isIn = listEntries(list).some((entry) => beginsWith(number, entry) || fitsPattern(number, entry))
      return child(isIn ? 'match' : 'nomatch')
    },
  })
