/**
 * `npm run rooms [-- --write]`: the walls between the rooms of src hold, ARCHITECTURE.md's table of doors is the one in
 * .dependency-cruiser.cjs (`--write` renews it), and no technology is named outside its rooms.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { root, tool } from './prepare.mjs'

/** With a compiler that it does not know, dependency-cruiser finds nothing and is content. */
const fewestModules = 50

const { doors } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')

function wallsHold() {
  const args = ['src', '--config', '.dependency-cruiser.cjs', '--output-type']
  const { stdout, stderr } = spawnSync(tool('depcruise'), [...args, 'json'], { cwd: root, maxBuffer: 2 ** 28 })
  if (stdout.length === 0) throw new Error(`dependency-cruiser did not run: ${stderr}`)
  const { summary } = JSON.parse(String(stdout))
  for (const { from, to, rule, cycle } of summary.violations) {
    const circle = cycle ? ` (${cycle.map(({ name }) => name).join(' → ')})` : ''
    console.error(`rooms: ${rule.name}: ${from} → ${to}${circle}`)
  }
  if (summary.totalCruised < fewestModules) {
    console.error(`rooms: only ${summary.totalCruised} modules were looked at: the check itself does not work`)
    return false
  }
  console.log(`rooms: ${summary.totalCruised} modules, ${summary.error} through a wall`)
  return summary.error === 0
}

const begin = '<!-- doors: written by `npm run rooms -- --write` -->'
const end = '<!-- /doors -->'

function tableIsTrue({ write }) {
  const path = join(root, 'ARCHITECTURE.md')
  const text = readFileSync(path, 'utf8')
  const rows = Object.entries(doors).map(([room, open]) => {
    return `| \`${room}\` | ${open.map((other) => `\`${other}\``).join(', ') || '–'} |`
  })
  const table = ['| room | may open a door to |', '|---|---|', ...rows].join('\n')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) {
    console.error(`rooms: ARCHITECTURE.md has no place for the table: ${begin} … ${end}`)
    return false
  }
  const wanted = `${text.slice(0, before)}${begin}\n\n${table}\n\n${text.slice(after)}`
  if (wanted === text) return true
  if (write) writeFileSync(path, wanted)
  else console.error('rooms: ARCHITECTURE.md shows other doors than .dependency-cruiser.cjs: npm run rooms -- --write')
  return write
}

/** Words that belong to the rooms of a technology. The core speaks of legs and drivers. */
const technologies = new Set(['sip', 'ari', 'rtp', 'rtcp', 'sdp', 'webrtc', 'freeswitch', 'asterisk'])
/** Phones register by SIP, and by nothing else. */
const theirRooms = ['sip', 'rtp', 'drivers', 'registrations', 'config', 'cli']
/**
 * What others named: hang-up causes and CDRs have a SIP status (KAZOO's `sip:486` child keys), Twilio sends SipCallId and
 * has a <Sip>, KAZOO sends custom_sip_headers.
 */
const namedByOthers =
  /^(Sip.*|(is|read)Sip(Address)?|\.\/sip-address\.ts|(custom_)?sip_?headers|sip(Status|Statuses)?|bySipStatus|causeOfSipStatus|causeBySipStatus)$/i

function noTechnologyInTheCore() {
  let found = 0
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const room = relative(join(root, 'src'), path).split('/')[0]
    if (!path.endsWith('.ts') || room.endsWith('.ts') || theirRooms.includes(room) || path.endsWith('.test.ts'))
      continue
    for (const { name, line } of identifiersOf(path)) {
      if (!wordsOf(name).some((word) => technologies.has(word)) || namedByOthers.test(name)) continue
      console.error(`rooms: ${relative(root, path)}:${line}: "${name}" names a technology outside its room`)
      found++
    }
  }
  return found === 0
}

function identifiersOf(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const visit = (node) => {
    const isConstant = ts.isIdentifier(node) && /^[A-Z0-9_]+$/.test(node.text) // a failure's code
    const isImport = ts.isStringLiteral(node) && ts.isImportDeclaration(node.parent ?? node)
    if ((ts.isIdentifier(node) && !isConstant) || isImport) {
      found.push({ name: node.text, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 })
    }
    ts.forEachChild(node, (childNode) => {
      childNode.parent ??= node
      visit(childNode)
    })
  }
  visit(source)
  return found
}

const wordsOf = (name) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)

const write = process.argv.includes('--write')
const results = [wallsHold(), tableIsTrue({ write }), noTechnologyInTheCore()]
process.exitCode = results.every(Boolean) ? 0 : 1
