import { Type } from 'typebox'
import { fieldsOf } from '../base/index.ts'
import { answerWith, collectDigits, type Digit, type MediaSource, type Recordings } from '../call/index.ts'
import {
  child,
  defineAction,
  notedCallflows,
  notedDocuments,
  type Action,
  type ActionContext,
  type Callflows,
  type Children,
  type Document,
  type Documents,
  type Next,
} from '../callflow/index.ts'
import { recordGreeting } from './greeting.ts'
import { branchTo, mayHunt } from './hunt.ts'
import { readMenu, type Menu } from './menu-document.ts'
import { playIfPossible, promptSource } from './playback.ts'

export interface MenuPorts {
  readonly documents: Documents
  readonly callflows: Callflows
  readonly recordings: Recordings
}

/** How often a caller may record a greeting in one visit of a menu: recording does not use up the tries. */
const mostGreetings = 10

export const menu = (ports: MenuPorts): Action =>
  defineAction({
    module: 'menu',
    summary: 'Answers, plays the greeting of a menu document, and branches on the digits pressed.',
    source: 'KAZOO cf_menu.erl; schemas callflows.menu, menus',
    data: Type.Object({
      id: Type.Optional(
        Type.String({
          maxLength: 128,
          description: 'The menu document; without one the usual menu without a greeting',
        }),
      ),
      interdigit_timeout: Type.Optional(
        Type.Integer({
          minimum: 1,
          description: 'Milliseconds to wait for each digit after the first, when the document does not say; 2000',
        }),
      ),
      branch_extension: Type.Optional(Type.Boolean({ description: 'Taken, and without effect' })),
    }),
    children: {
      '<digits>': 'The caller pressed these digits',
      timeout: 'The caller pressed nothing; without this child the greeting is played again',
      max_retries: 'Every try is used up; without this child `_` is taken',
      _: 'Every try is used up, or a callflow that the caller dialled has ended',
    },
    example: {
      module: 'menu',
      data: { id: 'main' },
      children: {
        '1': { module: 'tts', data: { text: 'Sales.' } },
        timeout: { module: 'hangup', data: {} },
        _: { module: 'tts', data: { text: 'Goodbye.' } },
      },
    },
    async run({ id, interdigit_timeout }, context, children) {
      const { call } = context
      const documents = notedDocuments(ports.documents, call)
      const load = async (): Promise<Visit> => {
        const document = id === undefined ? undefined : await documents.get(call.account.id, 'menus', id)
        return { menu: readMenu(document, interdigit_timeout, context), document, context, children, ports }
      }
      const here = await load()
      await answerWith(here.menu.greeting, context)
      return visit(here, load)
    },
  })

/** One visit of a caller to a menu. */
interface Visit {
  readonly menu: Menu
  readonly document: Document | undefined
  readonly context: ActionContext
  readonly children: Children
  readonly ports: MenuPorts
}

async function visit(first: Visit, reload: () => Promise<Visit>): Promise<Next> {
  let here = first
  let before: readonly MediaSource[] = []
  let tries = first.menu.retries
  let greetings = 0
  while (tries > 0) {
    const digits = await ask(here, before)
    before = []
    const next = digits === '' ? onTimeout(here) : await onDigits(here, digits)
    if (next !== undefined) return next
    if (digits !== '' && mayRecord(here, digits) && greetings++ < mostGreetings) {
      await keepGreeting(here)
      here = await reload()
      continue
    }
    if (digits !== '') before = here.menu.invalid
    tries--
  }
  return leave(here, before)
}

/** Plays `before` and the greeting, either of which the first digit stops, and collects what is pressed. */
async function ask({ menu, context }: Visit, before: readonly MediaSource[]): Promise<string> {
  const { call, clock, signal } = context
  const early = before.length === 0 ? undefined : await hear(context, before)
  if (early === '#') return ''
  const { digits } = await collectDigits(call.leg, {
    clock,
    signal,
    most: menu.mostDigits,
    firstDigitMs: menu.firstDigitMs,
    interDigitMs: menu.interDigitMs,
    terminators: '#',
    ...(early === undefined ? { prompt: [menu.greeting] } : { early }),
  })
  return digits
}

/** Plays sounds of the menu. @returns the digit that stopped them */
const hear = (context: ActionContext, sources: readonly MediaSource[]): Promise<Digit | undefined> =>
  playIfPossible(context, sources, { keepsDigits: false })

const onTimeout = ({ children }: Visit): Next | undefined => (children.has('timeout') ? child('timeout') : undefined)

async function onDigits({ menu, context, children, ports }: Visit, digits: string): Promise<Next | undefined> {
  if (children.has(digits)) return child(digits)
  const { call } = context
  if (!menu.hunt || !mayHunt(digits, { allow: menu.huntAllow, deny: menu.huntDeny })) return undefined
  const found = await notedCallflows(ports.callflows, call).find(call.account.id, digits)
  if (found === undefined || found.isNoMatch) return undefined
  await hear(context, menu.transfer)
  return branchTo(found, call)
}

/** @source KAZOO cf_menu.erl, menu_loop with no tries left */
async function leave({ menu, context, children }: Visit, before: readonly MediaSource[]): Promise<Next> {
  await hear(context, [...before, ...menu.exit])
  if (children.has('max_retries')) return child('max_retries')
  await hear(context, children.has('_') ? menu.transfer : [promptSource(context, 'vm-goodbye')])
  return child()
}

const mayRecord = ({ menu, document, context }: Visit, digits: string): boolean =>
  document !== undefined &&
  menu.recordPin !== '' &&
  digits === menu.recordPin &&
  (menu.mayStrangersRecord || context.call.leg.isAuthorized)

/** Records a greeting and makes it the menu's. */
async function keepGreeting({ document, context, ports }: Visit): Promise<void> {
  const { call } = context
  const recording = await recordGreeting(context, ports.recordings)
  if (recording === undefined || document === undefined) {
    await hear(context, [promptSource(context, 'vm-deleted'), promptSource(context, 'menu-return')])
    return
  }
  const accountId = call.account.id
  const { id: callId, interactionId } = call
  const { url } = await ports.recordings.keep(recording, { accountId, callId, interactionId, format: 'wav' })
  const greeting = `${document.id}-greeting`
  await ports.documents.save(accountId, 'media', {
    id: greeting,
    name: `Greeting of ${document.id}`,
    media_source: 'recording',
    source_type: 'menu',
    source_id: document.id,
    content_type: 'audio/wav',
    language: call.variables.language,
    url,
  })
  const media = { ...fieldsOf(document['media']), greeting }
  await ports.documents.save(accountId, 'menus', { ...document, media })
  await hear(context, [promptSource(context, 'vm-saved'), promptSource(context, 'menu-return')])
}
