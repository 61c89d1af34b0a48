/** Reads the events of a call out of their type definitions, comments included. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './prepare.mjs'

/** @returns every member of a union that has a literal `type`, in the order of the files: type, comment, fields */
export function eventsOf(files) {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
    const found = []
    const visit = (node) => {
      const event = ts.isTypeLiteralNode(node) ? eventOf(node, source) : undefined
      if (event !== undefined) found.push(event)
      else ts.forEachChild(node, visit)
    }
    visit(source)
    return found
  })
}

function eventOf(literal, source) {
  const fields = literal.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(source),
    type: member.type.getText(source).replace(/\s+/g, ' '),
    isOptional: member.questionToken !== undefined,
    comment: commentOf(member, source),
  }))
  const type = /^'([a-z]+\.[a-z.-]+)'$/.exec(fields.find(({ name }) => name === 'type')?.type ?? '')?.[1]
  if (type === undefined) return undefined
  return { type, comment: commentOf(literal, source), fields: fields.filter(({ name }) => name !== 'type') }
}

/** The text of the documentation comment that stands before `node`, and before the `|` of a union. */
function commentOf(node, source) {
  const before = source.getFullText().slice(0, node.getStart(source)).trimEnd().replace(/\|$/, '').trimEnd()
  const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**') + 3, -2) : ''
  return comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}
