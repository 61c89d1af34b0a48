import { Type } from 'typebox'
import { fieldsOf, flagOf, integerOf, textOf } from '../base/index.ts'
import { answerWith, mediaSource, type MediaSource } from '../call/index.ts'
import {
  branch,
  child,
  defineAction,
  notedCallflows,
  notedDocuments,
  stop,
  type Action,
  type ActionContext,
  type Callflows,
  type Document,
  type Documents,
  type Next,
} from '../callflow/index.ts'
import { askDigits, hearPrompts, spoken } from './asking.ts'
import { keypadOf } from './keypad.ts'
import { mediaScope, promptSource, speechOf } from './playback.ts'

export interface DirectoryPorts {
  readonly documents: Documents
  readonly callflows: Callflows
}

const mostSilences = 3
const mostRounds = 20
const digitMs = 2_000
const choiceMs = 5_000
const mostDigits = 100

export const directory = (ports: DirectoryPorts): Action =>
  defineAction({
    module: 'directory',
    summary: 'Answers, has the caller spell a name with the keys of the telephone, and dials whoever has it.',
    source: 'KAZOO cf_directory.erl; schemas callflows.directory, directories',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The directory' })),
    }),
    children: { _: 'The caller pressed 0, or the directory has nobody; or what was dialled is over' },
    example: {
      module: 'directory',
      data: { id: 'staff' },
      children: { _: { module: 'tts', data: { text: 'Let me connect you with the front desk.' } } },
    },
    async run({ id }, context) {
      const { account } = context.call
      const documents = notedDocuments(ports.documents, context.call)
      const document = id === undefined ? undefined : await documents.get(account.id, 'directories', id)
      if (document === undefined) return child()
      const search = new Search(readDirectory(document), context, ports)
      await answerWith(search.question, context)
      return search.run(await peopleOf(document, context, documents))
    },
  })

type Field = 'first_name' | 'last_name'

interface Directory {
  readonly sortBy: Field
  readonly searchBy: readonly Field[]
  readonly leastDigits: number
  readonly mostDigits: number
  readonly confirms: boolean
}

/** @source KAZOO schema directories */
function readDirectory(document: Document): Directory {
  const search = textOf(document['search_fields'])
  const most = integerOf(document['max_dtmf']) ?? 0
  return {
    sortBy: document['sort_by'] === 'first_name' ? 'first_name' : 'last_name',
    searchBy: search === 'first_name' || search === 'last_name' ? [search] : ['first_name', 'last_name'],
    leastDigits: Math.max(integerOf(document['min_dtmf']) ?? 3, 1),
    mostDigits: most <= 0 ? mostDigits : Math.min(most, mostDigits),
    confirms: flagOf(document['confirm_match']) ?? true,
  }
}

/** Somebody who can be found. */
interface Person {
  readonly callflowId: string
  readonly names: Readonly<Record<Field, string>>
  /** The name as they say it themselves, or as a voice reads it. */
  readonly sound: MediaSource
  /** The name on the keys: beginning with the first, and with the last name. */
  readonly keys: Readonly<Record<Field, string>>
}

async function peopleOf({ id }: Document, context: ActionContext, documents: Documents): Promise<readonly Person[]> {
  const accountId = context.call.account.id
  const users = await documents.list(accountId, 'users')
  const boxes = await documents.list(accountId, 'vmboxes')
  const nameInBox = (userId: string): string | undefined =>
    boxes
      .filter((box) => box['owner_id'] === userId)
      .map((box) => textOf(fieldsOf(box['media'])['name']))
      .find((name) => name !== undefined)
  return users.flatMap((user): Person[] => {
    const callflowId = textOf(fieldsOf(user['directories'])[id])
    if (callflowId === undefined || flagOf(user['enabled']) === false) return []
    const first = textOf(user['first_name']) ?? ''
    const last = textOf(user['last_name']) ?? ''
    const pronounced = textOf(fieldsOf(user['pronounced_name'])['media_id'])
    const recorded = pronounced ?? textOf(fieldsOf(user['media'])['name']) ?? nameInBox(user.id)
    const sound =
      mediaSource(recorded, mediaScope(context)) ??
      speechOf(`${first} ${last}`.trim(), '', context.call.variables.language)
    return [
      {
        callflowId,
        names: { first_name: first, last_name: last },
        sound,
        keys: { first_name: keypadOf(first + last), last_name: keypadOf(last + first) },
      },
    ]
  })
}

const questions = { first_name: 'dir-enter_person_firstname', last_name: 'dir-enter_person_lastname' } as const

/** What a choice among names leads to: somebody, another search, or the end. */
type Choice = Person | 'again' | 'silent'

/** A caller who looks for somebody. */
class Search {
  readonly question: MediaSource
  readonly #directory: Directory
  readonly #context: ActionContext
  readonly #ports: DirectoryPorts

  constructor(directory: Directory, context: ActionContext, ports: DirectoryPorts) {
    this.#directory = directory
    this.#context = context
    this.#ports = ports
    const [only, both] = directory.searchBy
    const asksOne = only !== undefined && both === undefined
    this.question = promptSource(context, asksOne ? questions[only] : 'dir-enter_person_name')
  }

  async run(people: readonly Person[]): Promise<Next> {
    if (people.length === 0) {
      await this.#say('dir-no_results_found')
      return child()
    }
    let silences = 0
    for (let round = 0; round < mostRounds && silences < mostSilences; round++) {
      const digits = await this.#digits()
      if (digits === '0') return child()
      if (digits.length < this.#directory.leastDigits) {
        if (digits === '') silences++
        if (silences < mostSilences) await this.#say('dir-specify_minimum')
        continue
      }
      const choice = await this.#choose(this.#matching(people, digits))
      if (choice === 'silent') return stop()
      if (choice !== 'again') return this.#dial(choice)
    }
    await this.#say('dir-specify_minimum', 'dir-no_results_found')
    return stop()
  }

  #digits(): Promise<string> {
    return askDigits(this.#context, {
      prompt: [this.question],
      most: this.#directory.mostDigits,
      firstDigitMs: digitMs,
    })
  }

  #matching(people: readonly Person[], digits: string): readonly Person[] {
    const { searchBy, sortBy } = this.#directory
    const other = sortBy === 'last_name' ? 'first_name' : 'last_name'
    const fullName = ({ names }: Person): string => `${names[sortBy]} ${names[other]}`.toLowerCase()
    return people
      .filter(({ keys }) => searchBy.some((field) => keys[field].startsWith(digits)))
      .toSorted((one, two) => (fullName(one) < fullName(two) ? -1 : 1))
  }

  async #choose(found: readonly Person[]): Promise<Choice> {
    const [first, second] = found
    if (first === undefined) {
      await this.#say('dir-no_results_found')
      return 'again'
    }
    return second === undefined ? this.#confirm(first) : this.#pick(found)
  }

  async #confirm(person: Person): Promise<Choice> {
    if (!this.#directory.confirms) return person
    const digit = await this.#ask(['dir-found', person.sound, 'dir-confirm_menu'])
    return digit === '1' ? person : 'again'
  }

  async #pick(found: readonly Person[]): Promise<Choice> {
    let silences = 0
    for (let index = 0; index < found.length;) {
      const person = found[index]
      if (person === undefined) break
      const number = spoken(this.#context, String(index + 1), { type: 'number' })
      const digit = await this.#ask(['dir-result_number', number, person.sound, 'dir-result_menu'])
      if (digit === '1') return person
      if (digit === '3') return 'again'
      if (digit === '2') index++
      else if (digit === '') {
        if (++silences >= mostSilences) return 'silent'
      } else if (++silences < mostRounds) await this.#say('dir-invalid_key')
      else return 'silent'
    }
    await this.#say('dir-no_more_results')
    return 'again'
  }

  #ask(parts: readonly (string | MediaSource)[]): Promise<string> {
    const prompt = parts.map((part) => (typeof part === 'string' ? promptSource(this.#context, part) : part))
    return askDigits(this.#context, { prompt, most: 1, firstDigitMs: choiceMs, terminators: '' })
  }

  async #dial({ callflowId }: Person): Promise<Next> {
    const { call } = this.#context
    const found = await notedCallflows(this.#ports.callflows, call).get(call.account.id, callflowId)
    return found === undefined ? child() : branch(found.flow)
  }

  #say(...names: readonly string[]): Promise<void> {
    return hearPrompts(this.#context, ...names)
  }
}
