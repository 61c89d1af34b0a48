import { Type } from 'typebox'
import { collectDigits } from '../call/index.ts'
import { child, defineAction } from '../callflow/index.ts'

const oneKey = '^[0-9*#]$'

export const collectDtmf = defineAction({
  module: 'collect_dtmf',
  summary: 'Answers and collects digits, which the next request to a web server carries as `Digits[name]`.',
  source: 'KAZOO cf_collect_dtmf.erl; schema callflows.collect_dtmf',
  data: Type.Object({
    max_digits: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 64,
      description: 'Go on as soon as there are so many',
    }),
    timeout: Type.Integer({ default: 5000, minimum: 1, description: 'Milliseconds to wait for the first digit' }),
    interdigit_timeout: Type.Integer({
      default: 2000,
      minimum: 1,
      description: 'Milliseconds to wait for each digit after the first',
    }),
    terminator: Type.Optional(
      Type.String({ pattern: oneKey, description: 'The key that ends it; before `terminators`' }),
    ),
    terminators: Type.Optional(
      Type.Array(Type.String({ pattern: oneKey }), {
        maxItems: 12,
        description: 'The keys that end it; `#` when absent, none when empty',
      }),
    ),
    collection_name: Type.String({
      default: 'default',
      minLength: 1,
      maxLength: 64,
      description: 'The collection that keeps the digits',
    }),
  }),
  children: {},
  example: {
    module: 'collect_dtmf',
    data: { max_digits: 4, timeout: 8000, collection_name: 'pin' },
    children: { _: { module: 'pivot', data: { voice_url: 'https://shop.example/pin' } } },
  },
  async run({ max_digits, timeout, interdigit_timeout, terminator, terminators, collection_name }, context) {
    const { call, clock, signal } = context
    const { leg, variables } = call
    await leg.answer()
    const ends = terminator ?? terminators?.join('') ?? '#'
    const early = readEarly(variables.collections.get('default') ?? '', ends)
    variables.collections.delete('default')
    let digits = early.digits.slice(0, max_digits)
    if (!early.isEnded && digits.length < max_digits) {
      const collected = await collectDigits(leg, {
        clock,
        signal,
        most: max_digits - digits.length,
        firstDigitMs: timeout,
        interDigitMs: interdigit_timeout,
        terminators: ends,
      })
      digits += collected.digits
    }
    if (variables.collections.size < mostCollections || variables.collections.has(collection_name)) {
      variables.collections.set(collection_name, digits)
    }
    call.tell({ type: 'variables.set', variables: { [`Digits[${collection_name}]`]: digits } })
    return child()
  },
})

const mostCollections = 100

/**
 * What was typed ahead, before its first terminator, and whether that ended it. A terminator with nothing before it only
 * skipped the prompt.
 *
 * Differs from KAZOO, which goes on collecting after `12#` typed ahead.
 */
export function readEarly(typed: string, terminators: string): { readonly digits: string; readonly isEnded: boolean } {
  const from = typed.split('').findIndex((digit) => !terminators.includes(digit))
  if (from < 0) return { digits: '', isEnded: false }
  const rest = typed.slice(from)
  const end = rest.split('').findIndex((digit) => terminators.includes(digit))
  return end < 0 ? { digits: rest, isEnded: false } : { digits: rest.slice(0, end), isEnded: true }
}
