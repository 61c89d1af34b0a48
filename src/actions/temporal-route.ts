import { Type } from 'typebox'
import { textOf, textsOf } from '../base/index.ts'
import { collectDigits } from '../call/index.ts'
import {
  child,
  defineAction,
  notedDocuments,
  type Action,
  type ActionContext,
  type Children,
  type Document,
  type Documents,
} from '../callflow/index.ts'
import { isInForce, wallClock } from './in-force.ts'
import { playIfPossible, promptSource } from './playback.ts'
import { readTemporalRule, type TemporalRule } from './temporal-rule.ts'

const mostRules = 500

export const temporalRoute = (documents: Documents): Action =>
  defineAction({
    module: 'temporal_route',
    summary: 'Branches by the time of day, the day of the week and the date; or switches such rules on and off.',
    source: 'KAZOO cf_temporal_route.erl; schemas callflows.temporal_route, temporal_rules, temporal_rules_sets',
    data: Type.Object({
      rules: Type.Array(Type.String(), {
        default: [],
        maxItems: mostRules,
        description: 'Rules or sets of rules, looked at before those that the children are named after',
      }),
      rule_set: Type.Optional(
        Type.String({ description: 'A set of rules, looked at last; takes the child `rule_set`' }),
      ),
      timezone: Type.Optional(
        Type.String({ description: 'IANA name; the time zone of the account when absent or `inherit`' }),
      ),
      action: Type.Optional(
        Type.Enum(['menu', 'enable', 'disable', 'reset'], {
          description: 'Force `rules` on or off, or let them go by time again; `menu` asks which',
        }),
      ),
      interdigit_timeout: Type.Integer({
        default: 2000,
        minimum: 1,
        description: 'Milliseconds between digits; the menu takes one digit and does not need it',
      }),
    }),
    children: {
      '<rule>': 'The rule, or one of the set, with this id is in force; the first that is, wins',
      rule_set: 'A rule of `rule_set` is in force',
    },
    example: {
      module: 'temporal_route',
      data: { timezone: 'Europe/Zurich' },
      children: {
        'office-hours': { module: 'play', data: { id: 'welcome' } },
        _: { module: 'play', data: { id: 'closed' } },
      },
    },
    async run({ rules, rule_set, timezone, action }, context, children) {
      const noted = notedDocuments(documents, context.call)
      if (action !== undefined) {
        await switchRules(action, rules, context, noted)
        return child()
      }
      const zone = zoneOf(timezone, context)
      const now = context.clock.now()
      for (const { rule, key } of await routes({ rules, rule_set }, children, context, noted)) {
        if (isInForce(rule, now, zone)) return child(key)
      }
      return child()
    },
  })

function zoneOf(timezone: string | undefined, { call, clock, log }: ActionContext): string {
  const wanted = timezone === undefined || timezone === '' || timezone === 'inherit' ? call.account.timezone : timezone
  if (wallClock(clock.now(), wanted) !== undefined) return wanted
  log.warn('temporal-route.unknown-timezone', { timezone: wanted })
  return 'UTC'
}

interface Route {
  readonly rule: TemporalRule
  readonly key: string
}

/** The rules to look at, in order, each with the child it leads to. Ids without a document are left out. */
async function routes(
  { rules, rule_set }: { readonly rules: readonly string[]; readonly rule_set: string | undefined },
  children: Children,
  { call }: ActionContext,
  documents: Documents,
): Promise<readonly Route[]> {
  const accountId = call.account.id
  const found: Route[] = []
  const add = async (id: string, key: string, mayBeSet: boolean): Promise<void> => {
    if (found.length >= mostRules) return
    const document = await ruleOrSet(id, accountId, documents)
    if (document === undefined) return
    if (document['temporal_rules'] === undefined) found.push({ rule: readTemporalRule(document), key })
    else if (mayBeSet) for (const member of textsOf(document['temporal_rules'])) await add(member, key, false)
  }
  for (const id of [...rules, ...children.keys.filter((key) => key !== '_')]) await add(id, id, true)
  const set = textOf(rule_set)
  if (set !== undefined) await add(set, 'rule_set', true)
  return found
}

const ruleOrSet = async (id: string, accountId: string, documents: Documents): Promise<Document | undefined> =>
  (await documents.get(accountId, 'temporal_rules', id)) ?? documents.get(accountId, 'temporal_rules_sets', id)

type Switch = 'enable' | 'disable' | 'reset'

const spoken: Readonly<Record<Switch, string>> = {
  enable: 'temporal-marked_enabled',
  disable: 'temporal-marked_disabled',
  reset: 'temporal-marker_reset',
}

const choices: Readonly<Record<string, Switch>> = { '1': 'enable', '2': 'disable', '3': 'reset' }

async function switchRules(
  action: 'menu' | Switch,
  ids: readonly string[],
  context: ActionContext,
  documents: Documents,
): Promise<void> {
  const chosen = action === 'menu' ? await askWhich(context) : action
  if (chosen === undefined) return
  const accountId = context.call.account.id
  for (const id of ids) {
    const document = await documents.get(accountId, 'temporal_rules', id)
    if (document === undefined) continue
    const { enabled: _, ...byTime } = document
    const switched = chosen === 'reset' ? byTime : { ...byTime, enabled: chosen === 'enable' }
    await documents.save(accountId, 'temporal_rules', { ...switched, id: document.id })
  }
  await playIfPossible(context, [promptSource(context, spoken[chosen])])
}

const mostAsked = 100
const answerMs = 5000

/** KAZOO asks for ever; a hundred times is for ever to a caller. */
async function askWhich(context: ActionContext): Promise<Switch | undefined> {
  const { call, clock, signal } = context
  for (let asked = 0; asked < mostAsked; asked++) {
    const { digits } = await collectDigits(call.leg, {
      clock,
      signal,
      most: 1,
      firstDigitMs: answerMs,
      interDigitMs: answerMs,
      terminators: '',
      prompt: [promptSource(context, 'temporal-menu')],
    })
    const choice = choices[digits]
    if (choice !== undefined) return choice
  }
  return undefined
}
