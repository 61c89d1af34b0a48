import { Type } from 'typebox'
import { common, name, optional, texts } from './common.ts'

/** @source KAZOO schema temporal_rules_sets */
export const temporalRulesSets = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    temporal_rules: optional({ ...texts(128, 'Ids of rules: the set holds when one of them does'), minItems: 1 }),
  },
  { title: 'Set of temporal rules', description: 'Times that are meant together' },
)
