/** `npm run bench [-- options]`: measures calls per second, latencies and jitter; see docs/operate/capacity.md. */
import { build, install, mustRun, tool } from './prepare.mjs'

install()
build()
mustRun(tool('tsx'), ['bench/index.ts', ...process.argv.slice(2)])
