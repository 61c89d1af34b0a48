/**
 * `npm run wire [-- words or options of Vitest]`: tests with real SIP clients on real sockets. Installs the programs it
 * needs from Debian packages when it runs as root; fails, never skips, when one is missing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { build, install, mustRun, run, tool } from './prepare.mjs'

const packageOf = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  sox: 'sox',
  'espeak-ng': 'espeak-ng',
  '/usr/lib/postgresql': 'postgresql', // The server's programs are not on the PATH.
}

const isMissing = (program) =>
  program.startsWith('/') ? !existsSync(program) : spawnSync('which', [program], { stdio: 'ignore' }).status !== 0

install()
const missing = Object.keys(packageOf).filter(isMissing)
if (missing.length > 0 && process.getuid?.() === 0) {
  const packages = missing.map((program) => packageOf[program])
  console.error(`wire: installing ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  mustRun('apt-get', ['-qq', 'update'], { env })
  mustRun('apt-get', ['-qq', 'install', '--yes', '--no-install-recommends', ...packages], { env })
}
const stillMissing = missing.filter(isMissing)
if (stillMissing.length > 0) {
  const packages = stillMissing.map((program) => packageOf[program])
  console.error(`wire: not installed: ${stillMissing.join(', ')}. Run: apt-get install ${packages.join(' ')}`)
  process.exit(1)
}
build()
process.exitCode = run(tool('vitest'), ['run', '--config', 'vitest.wire.config.ts', ...process.argv.slice(2)])
