/**
 * `npm run docs`: writes docs/reference from the objects that run. `npm run docs:check` (`--check`) writes nothing and
 * fails when a page is not what it would be.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
console.log(`docs: ${Object.keys(pages).length} pages, ${differing} ${isCheck ? 'out of date' : 'written'}`)
process.exitCode = isCheck && differing > 0 ? 1 : 0

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
