/** `npm run check [-- --no-tests]`: what CI runs first, and what to run before pushing. Stops at the first failure. */
import { performance } from 'node:perf_hooks'
import { install, run, tool } from './prepare.mjs'

install()
const node = process.execPath
const steps = [
  ['types', tool('tsc'), ['--noEmit']],
  ['lint', tool('eslint'), ['.', '--max-warnings', '0']],
  ['format', tool('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['rooms', node, ['scripts/rooms.mjs']],
  ['unused', tool('knip'), []],
  ['tests', node, ['scripts/test.mjs']],
  ['docs', node, ['scripts/docs.mjs', '--check']],
]
const skipped = process.argv.includes('--no-tests') ? ['tests'] : []

for (const [name, command, args] of steps) {
  if (skipped.includes(name)) continue
  const begun = performance.now()
  const code = run(command, args)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`check: ${name.padEnd(7)} ${code === 0 ? 'ok' : 'FAILED'} ${seconds} s`)
  if (code !== 0) process.exit(code)
}
