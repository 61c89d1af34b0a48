import { Type } from 'typebox'
import { fieldsOf, listOf, textOf } from '../base/index.ts'
import { child, defineAction, notedDocuments, type Action, type Documents } from '../callflow/index.ts'
import { hearPrompts } from './asking.ts'

/** KAZOO's "for ever", in Gregorian seconds: the year 2100. */
const forEver = 66_269_664_000
const deepest = 100

export const ringGroupToggle = (documents: Documents): Action =>
  defineAction({
    module: 'ring_group_toggle',
    summary: 'Has the caller ring, or no longer ring, as a member of the ring groups of a callflow, and says so.',
    source: 'KAZOO cf_ring_group_toggle.erl; schema callflows.ring_group_toggle',
    data: Type.Object({
      action: Type.Enum(['login', 'logout'], { description: 'From now on they ring, or do not' }),
      callflow_id: Type.String({ minLength: 1, maxLength: 128, description: 'The callflow with the ring groups' }),
    }),
    children: {},
    example: {
      module: 'ring_group_toggle',
      data: { action: 'logout', callflow_id: 'sales' },
      children: { _: { module: 'hangup', data: {} } },
    },
    async run({ action, callflow_id }, context) {
      const { call } = context
      const owner = call.variables.ownerId
      const document = await notedDocuments(documents, call).get(call.account.id, 'callflows', callflow_id)
      if (document === undefined) return child()
      await call.leg.answer()
      const told: string[] = []
      const change = new Change(owner, action === 'login' ? 0 : forEver, (isMember) =>
        told.push(isMember ? (action === 'login' ? 'agent-logged_in' : 'agent-logged_out') : 'agent-invalid_choice'),
      )
      const flow = change.of(document['flow'])
      if (change.isAny) await documents.save(call.account.id, 'callflows', { ...document, flow })
      for (const name of told) await hearPrompts(context, name)
      return child()
    },
  })

/** Rewrites the ring groups of a flow. */
class Change {
  /** Whether anything was changed. */
  isAny = false
  readonly #owner: string | undefined
  readonly #until: number
  readonly #onGroup: (isMember: boolean) => void

  /** @param onGroup told of each ring group, and whether the user is a member */
  constructor(owner: string | undefined, until: number, onGroup: (isMember: boolean) => void) {
    this.#owner = owner
    this.#until = until
    this.#onGroup = onGroup
  }

  /** A node as it is to be. */
  of(node: unknown, depth = 0): unknown {
    const { module, data, children, ...rest } = fieldsOf(node)
    if (module === undefined || depth > deepest) return node
    const own = module === 'ring_group' ? this.#group(fieldsOf(data)) : data
    const changed = Object.entries(fieldsOf(children)).map(([key, one]) => [key, this.of(one, depth + 1)])
    return {
      ...rest,
      module,
      ...(own === undefined ? {} : { data: own }),
      ...(children === undefined ? {} : { children: Object.fromEntries(changed) as unknown }),
    }
  }

  #group(data: Readonly<Record<string, unknown>>): unknown {
    let isMember = false
    const endpoints = listOf(data['endpoints']).map((one) => {
      const endpoint = typeof one === 'string' ? { id: one } : fieldsOf(one)
      const isUser = (endpoint['endpoint_type'] ?? 'user') === 'user'
      if (this.#owner === undefined || !isUser || textOf(endpoint['id']) !== this.#owner) return one
      isMember = true
      return { ...endpoint, disable_until: this.#until }
    })
    this.isAny ||= isMember
    this.#onGroup(isMember)
    return { ...data, endpoints }
  }
}
