/** Where something stands in the text of a document: from 1, columns in UTF-16 units as editors count them. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Text between tags, as written but decoded; its position is that of the first character that is no white space. */
export interface TwimlText extends Position {
  readonly text: string
}

/** An element with everything in it, in order. Comments and processing instructions are gone, CDATA is text. */
export interface TwimlElement extends Position {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Where each attribute stands. */
  readonly places: Readonly<Record<string, Position>>
  readonly content: readonly (TwimlText | TwimlElement)[]
}

/** A TwiML document that is well-formed and has a `<Response>`; its verbs are not yet judged. */
export interface TwimlDocument {
  readonly root: TwimlElement
  readonly verbs: readonly TwimlElement[]
}

export const isElement = (part: TwimlText | TwimlElement): part is TwimlElement => 'name' in part

export const childrenOf = ({ content }: TwimlElement): TwimlElement[] => content.filter(isElement)

/** The text directly in the element, without what its children say, trimmed. */
export const textOf = ({ content }: TwimlElement): string =>
  content
    .map((part) => (isElement(part) ? '' : part.text))
    .join('')
    .trim()

/** The first text directly in the element that is more than white space. */
export function strayText({ content }: TwimlElement): TwimlText | undefined {
  for (const part of content) if (!isElement(part) && part.text.trim() !== '') return part
  return undefined
}
