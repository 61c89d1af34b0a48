import { parseTwiml, type TwimlElement } from '../twiml/index.ts'

/** One thing that is not as it was. */
export interface AnswerDifference {
  /** `status`, `content-type`, a JSON path, or a path of elements with the `line:column` of the new document. */
  readonly at: string
  readonly recorded: string
  readonly got: string
}

/** What is compared of an answer. */
export interface Answered {
  readonly status: string
  /** As the header has it. */
  readonly contentType: string
  readonly body: string
}

const most = 50
const longest = 200

/** How an answer differs from the recorded one in what it means: white space and the order of JSON keys mean nothing. */
export function answerDifferences(recorded: Answered, got: Answered): readonly AnswerDifference[] {
  const differences: AnswerDifference[] = []
  const differ = (at: string, before: string, now: string): void => {
    if (before !== now && differences.length < most) differences.push({ at, recorded: short(before), got: short(now) })
  }
  differ('status', recorded.status, got.status)
  differ('content-type', bareType(recorded), bareType(got))
  compareBodies(recorded.body, got.body, differ)
  return differences
}

type Differ = (at: string, before: string, now: string) => void

const short = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}…`)
const bareType = ({ contentType }: Answered): string => (contentType.split(';')[0] ?? '').trim().toLowerCase()

function compareBodies(before: string, now: string, differ: Differ): void {
  const [json, otherJson] = [jsonOf(before), jsonOf(now)]
  if (json !== undefined && otherJson !== undefined) {
    compareJson(json.value, otherJson.value, '', differ)
    return
  }
  const [root, otherRoot] = [twimlOf(before), twimlOf(now)]
  if (root !== undefined && otherRoot !== undefined) compareElements(root, otherRoot, '', differ)
  else differ('body', before.trim(), now.trim())
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined // Then it is compared as something else.
  }
}

function twimlOf(text: string): TwimlElement | undefined {
  try {
    return parseTwiml(text, { url: '' }).root
  } catch {
    return undefined // Then it is compared as text.
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const jsonText = (value: unknown): string => (value === undefined ? '(nothing)' : JSON.stringify(value))
const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

function compareJson(before: unknown, now: unknown, at: string, differ: Differ): void {
  if (!isObject(before) || !isObject(now) || Array.isArray(before) !== Array.isArray(now)) {
    if (before !== now) differ(at === '' ? '/' : at, jsonText(before), jsonText(now))
    return
  }
  const [old, fresh] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(now))]
  for (const key of new Set([...old.keys(), ...fresh.keys()])) {
    compareJson(old.get(key), fresh.get(key), `${at}/${pointer(key)}`, differ)
  }
}

function compareElements(before: TwimlElement, now: TwimlElement, parent: string, differ: Differ): void {
  const path = `${parent}/${before.name}`
  const place = ({ line, column }: TwimlElement): string => `${path} (${line}:${column})`
  if (before.name !== now.name) {
    differ(place(now), `<${before.name}>`, `<${now.name}>`)
    return
  }
  for (const name of new Set([...Object.keys(before.attributes), ...Object.keys(now.attributes)])) {
    differ(`${place(now)} ${name}`, before.attributes[name] ?? '(nothing)', now.attributes[name] ?? '(nothing)')
  }
  const [old, fresh] = [partsOf(before), partsOf(now)]
  for (let index = 0; index < Math.max(old.length, fresh.length); index++) {
    const [one, other] = [old[index], fresh[index]]
    if (isElement(one) && isElement(other)) compareElements(one, other, path, differ)
    else differ(place(isElement(other) ? other : now), partText(one), partText(other))
  }
}

type Part = string | TwimlElement

/** What is in an element, without the white space between. */
const partsOf = ({ content }: TwimlElement): readonly Part[] =>
  content
    .map((part) => ('name' in part ? part : part.text.trim().replaceAll(/\s+/g, ' ')))
    .filter((part) => part !== '')

const isElement = (part: Part | undefined): part is TwimlElement => typeof part === 'object'

const partText = (part: Part | undefined): string =>
  part === undefined ? '(nothing)' : isElement(part) ? `<${part.name}>` : part
