/** `npm test [-- words or options of Vitest]`: everything that needs no other server. */
import { build, install, run, tool } from './prepare.mjs'

install()
build()
process.exitCode = run(tool('vitest'), ['run', ...process.argv.slice(2)])
