import { Type } from 'typebox'
import { safeRegex } from '../base/index.ts'
import { child, defineAction } from '../callflow/index.ts'

export const checkCid = defineAction({
  module: 'check_cid',
  summary: "Branches on the caller's number.",
  source: 'KAZOO cf_check_cid.erl; schema callflows.check_cid',
  data: Type.Object({
    regex: Type.String({
      default: '.*',
      maxLength: 1000,
      description: 'Matched anywhere in the number of the caller (RE2 syntax)',
    }),
    use_absolute_mode: Type.Boolean({
      default: false,
      description: "Branch to the child named as the caller's number instead of `match`",
    }),
    caller_id: Type.Optional(
      Type.Object(
        {
          external: Type.Optional(
            Type.Object(
              {
                name: Type.Optional(Type.String({ description: 'The new name' })),
                number: Type.Optional(Type.String({ description: 'The new number' })),
              },
              { description: 'Both or nothing' },
            ),
          ),
        },
        { description: 'The caller ID of a caller who matched, when `user_id` is given too' },
      ),
    ),
    user_id: Type.Optional(
      Type.String({ description: 'The user whose call it becomes, when `caller_id` is given too' }),
    ),
  }),
  children: {
    match: 'The number matches `regex`',
    nomatch: 'The number does not match `regex`',
    '<number>': "In absolute mode: this is the caller's number",
  },
  example: {
    module: 'check_cid',
    data: { regex: '^\\+4179' },
    children: {
      match: { module: 'tts', data: { text: 'Hello, mobile caller.' } },
      nomatch: { module: 'response', data: { code: 603 } },
    },
  },
  async run({ regex, use_absolute_mode, caller_id, user_id }, { call }, children) {
    const { variables } = call
    const number = variables.callerIdNumber
    if (!safeRegex(regex).test(number)) return child('nomatch')
    const key = use_absolute_mode ? number : 'match'
    if (!children.has(key)) return child()
    const { name, number: newNumber } = caller_id?.external ?? {}
    if (isGiven(name) && isGiven(newNumber) && isGiven(user_id)) {
      variables.callerIdName = name
      variables.callerIdNumber = newNumber
      variables.ownerId = user_id
      call.tell({
        type: 'variables.set',
        variables: { caller_id_name: name, caller_id_number: newNumber, owner_id: user_id },
      })
    }
    return child(key)
  },
})

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== ''
