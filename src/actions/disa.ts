import { Type } from 'typebox'
import { fieldsOf, textOf } from '../base/index.ts'
import { answerWith, type MediaSource } from '../call/index.ts'
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
  type Document,
  type Documents,
  type Next,
} from '../callflow/index.ts'
import { deniedClass, findDialled } from '../endpoints/index.ts'
import { askDigits, hearPrompts } from './asking.ts'
import { branchTo } from './hunt.ts'
import { promptSource } from './playback.ts'

export interface DisaPorts {
  readonly documents: Documents
  readonly callflows: Callflows
}

const digitMs = 5_000
const longestPin = 10
/** KAZOO waits for ever. */
const mostSilences = 20

export const disa = (ports: DisaPorts): Action =>
  defineAction({
    module: 'disa',
    summary: 'Answers, asks for a pin, gives a dial tone, and dials for the caller as if from within the account.',
    source: 'KAZOO cf_disa.erl; schema callflows.disa',
    data: Type.Object({
      pin: Type.String({ default: '', maxLength: 32, description: 'What lets callers in; empty = everybody' }),
      retries: Type.Integer({
        default: 3,
        minimum: 1,
        maximum: 20,
        description: 'How often the pin may be entered, and how often a number',
      }),
      interdigit: Type.Integer({
        default: 2000,
        minimum: 1,
        maximum: 60_000,
        description: 'Milliseconds to wait for each digit after the first',
      }),
      max_digits: Type.Integer({ default: 15, minimum: 1, maximum: 64, description: 'Of a number' }),
      preconnect_audio: Type.Enum(['dialtone', 'ringing'], {
        default: 'dialtone',
        description: 'What is heard until the first digit',
      }),
      ring_repeat_count: Type.Integer({
        default: 1,
        minimum: 1,
        maximum: 100,
        description: 'How often it rings, for `ringing`',
      }),
      use_account_caller_id: Type.Boolean({
        default: true,
        description: 'Calls are made with the external caller ID of the account, not with that of the caller',
      }),
      enforce_call_restriction: Type.Boolean({
        default: false,
        description: 'Numbers of a class that the account denies are not dialled',
      }),
    }),
    children: { _: 'No number could be dialled; or what was dialled is over' },
    example: {
      module: 'disa',
      data: { pin: '4711', use_account_caller_id: true },
      children: { _: { module: 'hangup', data: {} } },
    },
    async run(data, context) {
      const { pin } = data
      const first = pin === '' ? toneOf(data) : promptSource(context, 'disa-enter_pin')
      await answerWith(first, context)
      if (pin !== '' && !(await hasPin(data, context))) {
        await hearPrompts(context, 'disa-retries_exceeded')
        return stop()
      }
      return dial(data, context, ports)
    },
  })

interface DisaData {
  readonly pin: string
  readonly retries: number
  readonly interdigit: number
  readonly max_digits: number
  readonly preconnect_audio: 'dialtone' | 'ringing'
  readonly ring_repeat_count: number
  readonly use_account_caller_id: boolean
  readonly enforce_call_restriction: boolean
}

/** The tones of North America. @source KAZOO cf_disa.erl, preconnect audio */
const toneOf = ({ preconnect_audio, ring_repeat_count }: DisaData): MediaSource => ({
  kind: 'tone',
  spec: preconnect_audio === 'dialtone' ? '%(10000,0,350,440)' : `%(2000,4000,440,480);loops=${ring_repeat_count}`,
})

async function hasPin({ pin, retries, interdigit }: DisaData, context: ActionContext): Promise<boolean> {
  for (let tries = 0; tries < retries; tries++) {
    const digits = await askDigits(context, {
      prompt: [promptSource(context, 'disa-enter_pin')],
      most: Math.max(longestPin, pin.length),
      firstDigitMs: digitMs,
      interDigitMs: interdigit,
    })
    if (digits === pin) return true
    await hearPrompts(context, 'disa-invalid_pin')
  }
  return false
}

async function dial(data: DisaData, context: ActionContext, { documents, callflows }: DisaPorts): Promise<Next> {
  const { call } = context
  const { account } = call
  const noted = notedCallflows(callflows, call)
  let silences = 0
  for (let tries = 0; tries < data.retries;) {
    const digits = await askDigits(context, {
      prompt: [toneOf(data)],
      most: data.max_digits,
      firstDigitMs: digitMs,
      interDigitMs: data.interdigit,
    })
    if (digits === '') {
      if (++silences >= mostSilences) break
      continue
    }
    const dialled = await findDialled(digits, call, noted)
    if (dialled === undefined) {
      await hearPrompts(context, 'disa-invalid_extension')
      tries++
      continue
    }
    const { number, found } = dialled
    const document = await notedDocuments(documents, call).get(account.id, 'accounts', account.id)
    if (data.enforce_call_restriction && deniedClass(number, account.country, [document]) !== undefined) {
      await hearPrompts(context, 'cf-unauthorized_call')
      return hangUp()
    }
    callAs(data.use_account_caller_id ? document : undefined, context)
    call.variables.requestUser = number
    // Without a pin everybody could call everywhere.
    call.variables.mayCallOutside ||= data.pin !== ''
    return branchTo(found, call)
  }
  return child()
}

/** From now on calls are made as the account's, or as the caller's own: not as those of whoever's phone this is. */
function callAs(account: Document | undefined, { call }: ActionContext): void {
  const { variables } = call
  variables.keepsCallerId = true
  const external = fieldsOf(fieldsOf(account?.['caller_id'])['external'])
  const number = textOf(external['number'])
  if (number === undefined) return
  variables.callerIdNumber = number
  variables.callerIdName = textOf(external['name']) ?? variables.callerIdName
  call.tell({ type: 'variables.set', variables: { caller_id_number: number, caller_id_name: variables.callerIdName } })
}
