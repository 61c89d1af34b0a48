import { msOf } from './statements.ts'
import type { ScriptedCallee } from './transcript.ts'

/** What can be said of somebody before they are called. */
const deeds: readonly { readonly form: RegExp; readonly does: ScriptedCallee['does']; readonly status?: number }[] = [
  { form: /^answers$/, does: 'answers' },
  { form: /^is\s+busy$/, does: 'refuses', status: 486 },
  { form: /^declines$/, does: 'refuses', status: 603 },
  { form: /^refuses\s+(?<status>[3-6]\d\d)$/, does: 'refuses' },
  { form: /^refuses\s+(?<status>[3-6]\d\d)\s+without\s+ringing$/, does: 'turns away' },
  { form: /^sends\s+the\s+call\s+to\s+(?<to>\S+)$/, does: 'sends on' },
  { form: /^never\s+answers$/, does: 'rings' },
  { form: /^is\s+unreachable$/, does: 'vanishes' },
  { form: /^is\s+not\s+registered$/, does: 'is not registered' },
]

/**
 * What `name` does when they are called: `answers after 2000 ms`, `sends early media and declines after 1 s`.
 *
 * @returns undefined when that is no such line
 */
export function readCallee(name: string, text: string): ScriptedCallee | undefined {
  const [, early, deed = '', amount, unit] =
    /^(sends\s+early\s+media\s+and\s+)?(\S[\s\S]*?)(?:\s+after\s+(\d+)\s*(ms|s))?$/.exec(text) ?? []
  for (const { form, does, status } of deeds) {
    const found = form.exec(deed)
    if (found === null) continue
    const said = found.groups?.['status'] === undefined ? status : Number(found.groups['status'])
    return {
      name,
      does,
      afterMs: amount === undefined ? 0 : msOf(amount, unit),
      sendsEarly: early !== undefined,
      ...(said === undefined ? {} : { status: said }),
      ...(found.groups?.['to'] === undefined ? {} : { sendsTo: found.groups['to'] }),
    }
  }
  return undefined
}
