import type { Log } from '../base/index.ts'
import {
  checkFlow,
  type Callflows,
  type Collection,
  type Document,
  type Documents,
  type Flow,
  type FoundFlow,
  type Registry,
} from '../callflow/index.ts'
import { newNumberPlan, normalizeNumber, noMatch, type NumberPlan, type PlanEntry } from '../number/index.ts'
import { textsOf, textOf } from './fields.ts'
import { Indexes } from './indexes.ts'

export interface CallflowsOptions {
  readonly documents: Documents
  readonly registry: Registry
  /** ISO 3166 alpha-2 of an account, for numbers that are listed in national form. */
  readonly countryOf: (accountId: string) => string | Promise<string>
  readonly log: Log
}

interface StoredFlow {
  readonly id: string
  readonly name: string | undefined
  readonly flow: Flow
}

interface AccountIndex {
  readonly byId: ReadonlyMap<string, StoredFlow>
  readonly plan: NumberPlan<StoredFlow>
}

const mostAccounts = 2_000

/** Callflows by number and id. Each account's are read and indexed once, and again after a change. */
export class CallflowIndex implements Callflows {
  readonly #options: CallflowsOptions
  readonly #indexes = new Indexes<AccountIndex>(mostAccounts)
  /** What was read of documents: after a change of one, the others are not read again. */
  readonly #flows = new WeakMap<Document, StoredFlow>()

  constructor(options: CallflowsOptions) {
    this.#options = options
  }

  async find(accountId: string, number: string): Promise<FoundFlow | undefined> {
    const { plan } = await this.#indexOf(accountId)
    const match = plan.lookUp(number)
    if (match === undefined) return undefined
    const { value, isNoMatch, captureGroup, captureGroups } = match
    return { ...value, isNoMatch, captureGroup, captureGroups }
  }

  async get(accountId: string, id: string): Promise<FoundFlow | undefined> {
    const { byId } = await this.#indexOf(accountId)
    const stored = byId.get(id)
    return stored === undefined
      ? undefined
      : { ...stored, isNoMatch: false, captureGroup: undefined, captureGroups: {} }
  }

  /** To be told of each change of a document. */
  onChange({ accountId, collection }: { readonly accountId: string; readonly collection: Collection }): void {
    if (collection === 'callflows' || collection === 'accounts') this.#indexes.forget(accountId)
  }

  #indexOf(accountId: string): Promise<AccountIndex> {
    return this.#indexes.get(accountId, () => this.#build(accountId))
  }

  async #build(accountId: string): Promise<AccountIndex> {
    const { documents, countryOf, log } = this.#options
    const country = await countryOf(accountId)
    const byId = new Map<string, StoredFlow>()
    const entries: PlanEntry<StoredFlow>[] = []
    for (const document of await documents.list(accountId, 'callflows')) {
      const value = this.#read(document)
      byId.set(value.id, value)
      const listed = textsOf(document['numbers'])
      const numbers = listed.flatMap((number) =>
        number === noMatch ? [number] : [number, normalizeNumber(number, country)],
      )
      entries.push({ numbers, patterns: textsOf(document['patterns']), value })
    }
    const plan = newNumberPlan(entries, ({ code, details }, { id }) =>
      log.warn('documents.pattern-skipped', { callflowId: id, code, ...details }),
    )
    return { byId, plan }
  }

  #read(document: Document): StoredFlow {
    const known = this.#flows.get(document)
    if (known !== undefined) return known
    const { registry, log } = this.#options
    const { flow, problems } = checkFlow(document['flow'], registry, { as: 'stored' })
    if (problems.length > 0) log.warn('documents.callflow-problems', { callflowId: document.id, problems })
    const stored = { id: document.id, name: textOf(document['name']), flow }
    this.#flows.set(document, stored)
    return stored
  }
}
