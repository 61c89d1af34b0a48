import { isFailure, safeRegex } from '../../base/index.ts'
import { checkFlow, type Document } from '../../callflow/index.ts'
import { accountOf } from '../../documents/index.ts'
import { normalizeNumber, noMatch } from '../../number/index.ts'
import { pointer, problemAt } from '../check.ts'
import type { ApiProblem } from '../errors.ts'
import { defineCollection, type Draft } from './collection.ts'
import { isObject, textsOf } from './merge.ts'

const longestNumber = 36

export const callflows = defineCollection({
  collection: 'callflows',
  one: 'callflow',
  source: 'KAZOO cb_callflows.erl, kzd_callflows:validate/3',
  listed: {
    name: 'name',
    type: 'type',
    numbers: 'numbers',
    patterns: 'patterns',
    featurecode: 'featurecode',
    owner_id: 'owner_id',
    group_id: 'group_id',
  },
  prepare: async (draft) => ({ ...draft.document, numbers: await numbersOf(draft) }),
  problems: async (draft) => [
    ...answersNothing(draft.document),
    ...patternProblems(draft.document),
    ...flowProblems(draft),
    ...(await taken(draft)),
  ],
  example: {
    name: 'Main line',
    numbers: ['+15551230001'],
    flow: { module: 'pivot', data: { voice_url: 'https://shop.example/voice' }, children: {} },
  },
})

/** As they are compared: normalized for the country of the account, each once. */
async function numbersOf({ accountId, document, ports }: Draft): Promise<readonly string[]> {
  const account = await ports.documents.find(accountId, 'accounts', accountId)
  const { country } = accountOf(account?.document ?? { id: accountId })
  const numbers = textsOf(document['numbers'])
  return [...new Set(numbers.map((number) => (number === noMatch ? number : normalizeNumber(number, country))))]
}

function answersNothing(document: Document): readonly ApiProblem[] {
  const count = textsOf(document['numbers']).length + textsOf(document['patterns']).length
  return count > 0 ? [] : [problemAt('/numbers', 'required', 'A callflow needs a number or a pattern')]
}

function patternProblems(document: Document): readonly ApiProblem[] {
  return textsOf(document['patterns']).flatMap((pattern, index) => {
    try {
      safeRegex(pattern)
      return []
    } catch (error) {
      if (!isFailure(error, 'NUMBER_PATTERN_INVALID')) throw error
      return [problemAt(`/patterns/${index}`, 'format', error.details.problem, pattern)]
    }
  })
}

/** Every node of the flow against the schema of its action; actions that are not known here are left alone. */
function flowProblems({ document, ports }: Draft): readonly ApiProblem[] {
  const { flow } = document
  if (!isObject(flow)) return [problemAt('/flow', flow === undefined ? 'required' : 'type', 'must be an object')]
  if (Object.keys(flow).length === 0) return [problemAt('/flow/module', 'required', 'Field is required but missing')]
  return checkFlow(flow, ports.registry, { as: 'stored' }).problems.map(({ at, problem }) => {
    const place = `/flow${at === '/' ? '' : at}`
    const missing = /^must have required property '(.+)'$/.exec(problem)?.[1]
    return missing === undefined
      ? problemAt(place, 'invalid', problem)
      : problemAt(`${place}/${pointer(missing)}`, 'required', 'Field is required but missing')
  })
}

/** Numbers and patterns are one callflow's in an account. */
async function taken(draft: Draft): Promise<readonly ApiProblem[]> {
  const { accountId, document, ports } = draft
  const numbers = await numbersOf(draft)
  const tooLong = numbers.flatMap((number, index) =>
    number.length > longestNumber
      ? [problemAt(`/numbers/${index}`, 'maxLength', `more than ${longestNumber} characters`)]
      : [],
  )
  const others = (await ports.documents.list(accountId, 'callflows')).filter(({ id }) => id !== document.id)
  const conflicts = (field: 'numbers' | 'patterns', values: readonly string[]): readonly ApiProblem[] => {
    const owners = new Map(
      others.flatMap(({ document: other, id }) => textsOf(other[field]).map((value) => [value, id])),
    )
    return values.flatMap((value, index) => {
      const owner = owners.get(value)
      const problem = `${value} exists in callflow ${owner ?? ''}`
      return owner === undefined ? [] : [problemAt(`/${field}/${index}`, 'unique', problem, value)]
    })
  }
  return [...tooLong, ...conflicts('numbers', numbers), ...conflicts('patterns', textsOf(document['patterns']))]
}
