import { Type } from 'typebox'
import { fieldsOf, flagOf, textOf } from '../base/index.ts'
import { answerWith, collectDigits, sayText, type MediaSource } from '../call/index.ts'
import { child, defineAction, stop, type Action, type ActionContext, type Documents } from '../callflow/index.ts'
import { callerDocument, changeSetting, type SettingsDocument } from './caller-document.ts'
import { playIfPossible, promptSource, speechOf } from './playback.ts'

const shortest = 3
const longest = 20
const digitMs = 8_000
const choiceMs = 5_000
const mostRounds = 20

export const callForward = (documents: Documents): Action =>
  defineAction({
    module: 'call_forward',
    summary: "Switches the forwarding of the caller's phones on or off, or asks where to, and says so.",
    source: 'KAZOO cf_call_forward.erl; schema callflows.call_forward',
    data: Type.Object({
      action: Type.Optional(
        Type.Enum(['activate', 'deactivate', 'update', 'toggle', 'menu'], {
          description:
            '`update` changes the number only; `menu` lets the caller choose. The number is what the pattern of the ' +
            'callflow captured, else the caller is asked',
        }),
      ),
    }),
    children: {},
    example: { module: 'call_forward', data: { action: 'activate' }, children: { _: { module: 'hangup', data: {} } } },
    async run({ action }, context) {
      const found = await callerDocument(context, documents)
      if (found === undefined) {
        const prompt = promptSource(context, 'cf-not_available')
        await answerWith(prompt, context)
        await playIfPossible(context, [prompt])
        return stop()
      }
      await context.call.leg.answer()
      const visit = new Visit(found, context, documents)
      if (action === 'menu') await visit.menu()
      else if (action !== undefined) await visit[action]()
      return child()
    },
  })

/** A caller and the forward they change. */
class Visit {
  #settings: SettingsDocument
  readonly #context: ActionContext
  readonly #documents: Documents

  constructor(settings: SettingsDocument, context: ActionContext, documents: Documents) {
    this.#settings = settings
    this.#context = context
    this.#documents = documents
  }

  async activate(): Promise<void> {
    await this.#switchOn(await this.#newNumber())
  }

  async deactivate(): Promise<void> {
    await this.#change({ enabled: false })
    await this.#hear(this.#prompt('cf-disabled'))
  }

  async update(): Promise<void> {
    const number = await this.#newNumber()
    if (number === undefined) return
    await this.#change({ number })
    await this.#hear(this.#prompt('vm-saved'))
  }

  async toggle(): Promise<void> {
    if (this.#isOn) await this.deactivate()
    else await this.#switchOn(textOf(this.#forward['number']) ?? (await this.#newNumber()))
  }

  async menu(): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      const digits = await this.#ask(this.#isOn ? 'cf-enabled_menu' : 'cf-disabled_menu', 1, choiceMs)
      if (digits === '1') await this.toggle()
      if (digits === '2') await this.update()
    }
  }

  get #forward(): Readonly<Record<string, unknown>> {
    return fieldsOf(this.#settings.document['call_forward'])
  }

  get #isOn(): boolean {
    return flagOf(this.#forward['enabled']) ?? false
  }

  async #switchOn(number: string | undefined): Promise<void> {
    if (number === undefined) return
    await this.#change({ enabled: true, number })
    const { call, clock } = this.#context
    const { language } = call.variables
    const words = sayText({
      text: number,
      type: 'name_spelled',
      method: 'pronounced',
      language,
      nowMs: clock.now(),
      timezone: call.account.timezone,
    })
    await this.#hear(this.#prompt('cf-now_forwarded_to'), speechOf(words, '', language))
  }

  /** The number captured, else one that the caller enters; undefined when none comes. */
  async #newNumber(): Promise<string | undefined> {
    const captured = this.#context.call.variables.captureGroup ?? ''
    if (captured !== '') return captured
    for (let round = 0; round < mostRounds; round++) {
      const digits = await this.#ask('cf-enter_number', longest, digitMs)
      if (digits.length >= shortest) return digits
    }
    return undefined
  }

  async #ask(prompt: string, most: number, ms: number): Promise<string> {
    const { call, clock, signal } = this.#context
    const { digits } = await collectDigits(call.leg, {
      clock,
      signal,
      most,
      firstDigitMs: ms,
      interDigitMs: ms,
      terminators: '#',
      prompt: [this.#prompt(prompt)],
    })
    return digits
  }

  async #change(fields: Readonly<Record<string, unknown>>): Promise<void> {
    this.#settings = await changeSetting(this.#settings, 'call_forward', fields, this.#context, this.#documents)
  }

  #prompt(name: string): MediaSource {
    return promptSource(this.#context, name)
  }

  async #hear(...sources: readonly MediaSource[]): Promise<void> {
    await playIfPossible(this.#context, sources, { keepsDigits: false })
  }
}
