import { runCli } from './index.ts'

// The program as `npm run dev` runs it, from its sources; bin/pivot.js runs what is built.
await runCli(process.argv.slice(2))
