/** `npm run dev [-- options of pivot start]`: the server, started again at every save. */
import { install, run, tool } from './prepare.mjs'

install()
process.exitCode = run(tool('tsx'), [
  'watch',
  '--clear-screen=false',
  'src/cli/run.ts',
  'start',
  ...process.argv.slice(2),
])
