import type { CallDescribed, DescriptionEvent, ReadFact } from './events.ts'
import type { Leg } from './leg.ts'

/** Counts on when the story of a debugged call says something new that a replay cannot do without. */
export const storyForm = 1

const mostKept = 500
/** A callflow of a thousand nodes has about 200 KB. */
const mostCharacters = 1_048_576

/** The call, as its description needs it. */
interface Described {
  readonly leg: Leg
  readonly account: CallDescribed['account']
  readonly caller: CallDescribed['caller']
  /** Unix milliseconds. */
  readonly arrivedAt: number
}

/** What a call was decided by: kept by reference while nobody wants it, told from when somebody does. Each thing once. */
export class Description {
  readonly #kept = new Map<string, ReadFact>()
  #isTold = false

  /** @returns what is to be told now */
  note(fact: ReadFact): readonly DescriptionEvent[] {
    const name = nameOf(fact)
    if (this.#kept.has(name) || this.#kept.size >= mostKept) return []
    this.#kept.set(name, fact)
    return this.#isTold ? [fitting(fact)] : []
  }

  /** @returns what is to be told now: nothing the second time */
  begin(call: Described): readonly DescriptionEvent[] {
    if (this.#isTold) return []
    this.#isTold = true
    return [described(call), ...[...this.#kept.values()].map(fitting)]
  }
}

function described({ leg, account, caller, arrivedAt }: Described): CallDescribed {
  const { from, to, request, headers, isAuthorized, source, userAgent } = leg
  const { id, realm, language, timezone, country } = account
  return {
    type: 'call.described',
    form: storyForm,
    arrivedAt,
    from,
    to,
    request,
    headers,
    isAuthorized,
    source,
    userAgent,
    account: { id, realm, language, timezone, country },
    caller,
  }
}

function nameOf(fact: ReadFact): string {
  if (fact.type === 'document.read') return `${fact.collection}/${fact.id}`
  return fact.number === undefined ? `callflows/${fact.id ?? ''}` : `number ${fact.number}`
}

function fitting(fact: ReadFact): DescriptionEvent {
  const { length } = JSON.stringify(fact)
  return length <= mostCharacters ? fact : { type: 'reading.omitted', what: nameOf(fact), characters: length }
}
