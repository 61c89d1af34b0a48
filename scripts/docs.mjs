/**
 * `npm run docs`: writes docs/reference from the objects that run. `npm run docs:check` (`--check`) writes nothing and
 * fails when a page is not what it would be.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, install, root } from './prepare.mjs'

install()
build()
const { referencePages } = await import('./reference.mjs')

const folder = join(root, 'docs/reference')
const notice = '<!-- Written by `npm run docs` from the code. Changes made here are lost. -->\n\n'
const isCheck = process.argv.includes('--check')

mkdirSync(folder, { recursive: true })
const pages = await referencePages()
let differing = 0
for (const [name, text] of Object.entries(pages)) {
  const path = join(folder, name)
  const wanted = notice + text.trim() + '\n'
  if (readIfThere(path) === wanted) continue
  differing++
  if (isCheck) console.error(`docs: docs/reference/${name} is not what the code says. Run: npm run docs`)
  else writeFileSync(path, wanted)
}
for (const name of readdirSync(folder)) {
  if (name in pages) continue
  differing++
  if (isCheck) console.error(`docs: docs/reference/${name} describes nothing any more. Run: npm run docs`)
  else rmSync(join(folder, name))
}
const missing = [...brokenReferences()]
for (const { page, path } of missing) console.error(`docs: ${page} names ${path}, which does not exist`)
console.log(`docs: ${Object.keys(pages).length} pages, ${differing} ${isCheck ? 'out of date' : 'written'}`)
process.exitCode = (isCheck && differing > 0) || missing.length > 0 ? 1 : 0

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Tests, transcripts and pages that a hand-written page names and that are not there. */
function* brokenReferences() {
  const below = readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', name))
  const pages = [...readdirSync(root), ...below].filter((name) => name.endsWith('.md'))
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8')
    for (const [, transcript] of text.matchAll(/`([a-z]+\/[a-z0-9-]+\.call)`/g)) {
      if (!existsSync(join(root, 'test/calls', transcript))) yield { page, path: `test/calls/${transcript}` }
    }
    for (const [, path] of text.matchAll(/`((?:src|test|scripts|examples)\/[\w./-]+\.(?:ts|mjs))`/g)) {
      if (!existsSync(join(root, path))) yield { page, path }
    }
    const prose = text.replaceAll(/`[^`\n]*`/g, '')
    for (const [, link] of prose.matchAll(/\]\(((?!https?:)[^)#]+)[^)]*\)/g)) {
      if (!existsSync(join(root, dirname(page), link))) yield { page, path: link }
    }
  }
}
