/** What every command does first on a fresh clone: install what is missing, build what is stale. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns the exit code of `command`, run in the project's directory with our standard streams */
export function run(command, args, { env = process.env } = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (error) console.error(`${command}: ${error.message}`)
  return status ?? 1
}

/** Runs `command` and ends this process with its exit code when it fails. */
export function mustRun(command, args, options) {
  const code = run(command, args, options)
  if (code !== 0) process.exit(code)
}

/** The path of a program that a dependency brings along. */
export const tool = (name) => join(root, 'node_modules', '.bin', name)

const changedAt = (path) => statSync(resolve(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Installs the dependencies unless node_modules is as new as the lock file. */
export function install() {
  const installedAt = changedAt('node_modules/.package-lock.json')
  if (installedAt > 0 && installedAt >= changedAt('package-lock.json')) return
  console.error('pivot: installing dependencies (npm ci)')
  mustRun('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
  const now = new Date()
  utimesSync(join(root, 'node_modules/.package-lock.json'), now, now)
}

const stamp = 'dist/.built'

/** Compiles src to dist unless dist is as new as everything it is made from. */
export function build() {
  const builtAt = changedAt(stamp)
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
  const newest = [...sources, ...settings].map(changedAt).reduce((one, other) => Math.max(one, other), 0)
  if (builtAt >= newest) return
  console.error('pivot: building')
  if (!existsSync(join(root, stamp))) rmSync(join(root, 'dist'), { recursive: true, force: true })
  mustRun(tool('tsc'), ['-p', 'tsconfig.build.json', '--noCheck']) // `npm run types` checks: this takes a tenth of it.
  writeFileSync(join(root, stamp), '')
}
