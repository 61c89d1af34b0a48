import Type from 'typebox'
import { childrenOf, type TwimlElement } from '../document.ts'
import { defineVerb, type RunContext } from '../verb.ts'
import { codes } from '../warnings.ts'

const mostVariables = 100

/** Differs from KAZOO, where only a single `<Variable>` works and the call is answered by it. */
export const set = defineVerb({
  name: 'Set',
  summary: 'Remembers variables that every later request of the session carries.',
  source: 'KAZOO kzt_twiml.erl, set_variables',
  attributes: Type.Object({}),
  content: 'variables',
  example: '<Set><Variable key="step" value="2"/></Set>',
  async run(_attributes, element, context) {
    setVariables(element, context)
    return 'next'
  },
})

/** Remembers the `<Variable>`s in `element`, at most 100 in a session. */
export function setVariables(element: TwimlElement, { state: { variables }, warn }: RunContext): void {
  for (const child of childrenOf(element)) {
    if (child.name !== 'Variable') continue
    const { key = '', value = '' } = child.attributes
    if (key === '') warn(child, codes.schema, '<Variable> has no key: it is ignored')
    else if (!variables.has(key) && variables.size >= mostVariables) {
      warn(child, codes.schema, `there are ${mostVariables} variables: <Variable> is ignored`)
    } else variables.set(key, value)
  }
}
