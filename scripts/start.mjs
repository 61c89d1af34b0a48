/** `npm start`: installs and builds what is missing, then runs the server in this very process, so that signals reach it. */
import { build, install } from './prepare.mjs'

install()
build()
const { runCli } = await import('../dist/cli/index.js')
await runCli(['start', ...process.argv.slice(2)])
