import { Type } from 'typebox'
import { isFailure, safeRegex } from '../base/index.ts'
import { answerWith, mediaSource, type MediaSource } from '../call/index.ts'
import {
  child,
  defineAction,
  hangUp,
  notedCallflows,
  notedDocuments,
  stop,
  type Action,
  type ActionContext,
  type Callflows,
  type Documents,
  type Next,
} from '../callflow/index.ts'
import { callerRestrictions, deniedClass, findDialled } from '../endpoints/index.ts'
import { askDigits, hear, hearPrompts } from './asking.ts'
import { branchTo } from './hunt.ts'
import { listEntries, type ListEntry } from './list-document.ts'
import { mediaScope, playIfPossible, promptSource } from './playback.ts'

export interface DynamicCidPorts {
  readonly documents: Documents
  readonly callflows: Callflows
}

const digitMs = 5_000
const usualKeyLength = 2
const pause: MediaSource = { kind: 'silence', ms: 100 }
const accepted: MediaSource = { kind: 'tone', spec: '%(250,50,440)' }

export const dynamicCid = (ports: DynamicCidPorts): Action =>
  defineAction({
    module: 'dynamic_cid',
    summary: 'Chooses as whom the caller’s calls are made from here on: by keys, by a list, or as the data say.',
    source: 'KAZOO cf_dynamic_cid.erl; schema callflows.dynamic_cid',
    data: Type.Object({
      action: Type.Enum(['manual', 'static', 'list', 'lists'], {
        default: 'manual',
        description:
          '`manual` asks for the number; `static` takes `caller_id`; `list` and `lists` take that of the entry whose key ' +
          'the captured number begins with, and dial the rest',
      }),
      media_id: Type.Optional(
        Type.String({ maxLength: 2_048, description: '`manual`: the question; as in `play.id`' }),
      ),
      min_digits: Type.Integer({ default: 10, minimum: 1, maximum: 64, description: '`manual`: so many at least' }),
      max_digits: Type.Integer({ default: 10, minimum: 1, maximum: 64, description: '`manual`: so many at most' }),
      whitelist_regex: Type.String({
        default: '\\d+',
        maxLength: 256,
        description: '`manual`: which numbers are taken, as a whole (RE2 syntax)',
      }),
      interdigit_timeout: Type.Integer({
        default: 2000,
        minimum: 1,
        maximum: 60_000,
        description: '`manual`: milliseconds to wait for each digit after the first',
      }),
      caller_id: Type.Optional(
        Type.Object(
          {
            name: Type.Optional(Type.String({ maxLength: 128, description: 'The name' })),
            number: Type.Optional(Type.String({ maxLength: 36, description: 'The number' })),
          },
          { description: '`static`: as whom' },
        ),
      ),
      id: Type.Optional(Type.String({ maxLength: 128, description: '`list`, `lists`: the list' })),
      idx_name: Type.Optional(
        Type.String({ maxLength: 64, description: '`list`: the named group of the pattern that has the key' }),
      ),
      permit_custom_callflow: Type.Boolean({
        default: false,
        description: '`list`, `lists`: also numbers that a callflow has of its own are dialled',
      }),
      enforce_call_restriction: Type.Boolean({
        default: true,
        description: '`list`, `lists`: numbers of a class that is denied to the calling phone are not dialled',
      }),
    }),
    children: { _: 'The number is chosen; or what was dialled is over' },
    example: {
      module: 'dynamic_cid',
      data: { action: 'static', caller_id: { name: 'The shop', number: '+14155550100' } },
      children: { _: { module: 'user', data: { id: 'ann' } } },
    },
    async run(data, context) {
      const { action, caller_id, id } = data
      const captured = context.call.variables.captureGroup ?? ''
      if (action === 'static') return fixed(caller_id, context)
      if (action === 'manual' || captured === '' || id === undefined) return manual(data, captured, context)
      return byList({ ...data, id, action }, captured, context, ports)
    },
  })

interface DynamicData {
  readonly media_id?: string
  readonly min_digits: number
  readonly max_digits: number
  readonly whitelist_regex: string
  readonly interdigit_timeout: number
}

function callAs({ call }: ActionContext, number: string, name?: string): void {
  const { variables } = call
  variables.callerIdNumber = number
  if (name !== undefined) variables.callerIdName = name
  variables.dynamicCallerId = { name, number }
  call.tell({
    type: 'variables.set',
    variables: { caller_id_number: number, ...(name === undefined ? {} : { caller_id_name: name }) },
  })
}

async function manual(data: DynamicData, captured: string, context: ActionContext): Promise<Next> {
  const { variables } = context.call
  const question = mediaSource(data.media_id, mediaScope(context)) ?? promptSource(context, 'dynamic-cid-enter_cid')
  await answerWith(question, context)
  await playIfPossible(context, [pause], { terminators: '', keepsDigits: false })
  const digits = await askDigits(context, {
    prompt: [question],
    most: Math.max(data.max_digits, data.min_digits),
    firstDigitMs: digitMs,
    interDigitMs: data.interdigit_timeout,
  })
  if (digits.length >= data.min_digits && isWhole(digits, data.whitelist_regex)) {
    await hear(context, accepted)
    callAs(context, digits)
  } else {
    await hearPrompts(context, 'dynamic-cid-invalid_using_default')
    callAs(context, variables.callerIdNumber)
  }
  if (captured !== '') variables.requestUser = captured
  return child()
}

function isWhole(digits: string, pattern: string): boolean {
  try {
    return safeRegex(`^(?:${pattern})$`).test(digits)
  } catch (error) {
    if (isFailure(error, 'NUMBER_PATTERN_INVALID')) return false
    throw error
  }
}

async function fixed(
  callerId: { readonly name?: string; readonly number?: string } | undefined,
  context: ActionContext,
): Promise<Next> {
  const { name, number = '' } = callerId ?? {}
  if (number === '') await hearPrompts(context, 'dynamic-cid-invalid_using_default')
  callAs(context, number === '' ? context.call.variables.callerIdNumber : number, name)
  return child()
}

interface ListData {
  readonly action: 'list' | 'lists'
  readonly id: string
  readonly idx_name?: string
  readonly permit_custom_callflow: boolean
  readonly enforce_call_restriction: boolean
}

async function byList(
  data: ListData,
  captured: string,
  context: ActionContext,
  { documents, callflows }: DynamicCidPorts,
): Promise<Next> {
  const { call } = context
  const { account, variables } = call
  const noted = notedDocuments(documents, call)
  const split = splitBy(data, captured, listEntries(await noted.get(account.id, 'lists', data.id)), context)
  if (split === undefined) {
    await hearPrompts(context, 'fault-can_not_be_completed_as_dialed')
    return stop()
  }
  const { entry, destination } = split
  if (entry?.number === undefined) {
    await hearPrompts(context, 'dynamic-cid-invalid_using_default')
    callAs(context, variables.callerIdNumber)
  } else callAs(context, entry.number, entry.name)
  const dialled = await findDialled(destination, call, notedCallflows(callflows, call))
  if (dialled === undefined || (!dialled.found.isNoMatch && !data.permit_custom_callflow)) {
    await hearPrompts(context, 'disa-invalid_extension')
    return stop()
  }
  const { number, found } = dialled
  if (data.enforce_call_restriction) {
    const denied = deniedClass(number, account.country, await callerRestrictions(call, noted))
    if (denied !== undefined) {
      const prompt = promptSource(context, 'cf-unauthorized_call')
      await answerWith(prompt, context)
      await hear(context, prompt)
      return hangUp()
    }
  }
  variables.requestUser = number
  return branchTo(found, call)
}

interface Split {
  /** Undefined when no entry has the key. */
  readonly entry: ListEntry | undefined
  readonly destination: string
}

/**
 * The entry that what was captured begins with the key of, and the rest, which is dialled. Undefined when there is no
 * key, or nothing after it.
 *
 * Differs from KAZOO, where a key by `idx_name` counts only when it is absent.
 */
function splitBy(
  { action, idx_name }: ListData,
  captured: string,
  entries: readonly ListEntry[],
  { call }: ActionContext,
): Split | undefined {
  const keyOf = ({ captureKey, key }: ListEntry): string => captureKey ?? key
  if (action === 'list' && idx_name !== undefined) {
    const wanted = call.variables.captureGroups[idx_name] ?? ''
    return wanted === '' ? undefined : { entry: entries.find((one) => keyOf(one) === wanted), destination: captured }
  }
  const lengthOf = ({ captureLength }: ListEntry): number => captureLength ?? usualKeyLength
  const entry = entries.find((one) => lengthOf(one) > 0 && captured.slice(0, lengthOf(one)) === keyOf(one))
  const destination = captured.slice(entry === undefined ? usualKeyLength : lengthOf(entry))
  return destination === '' ? undefined : { entry, destination }
}
