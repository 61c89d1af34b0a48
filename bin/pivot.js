#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/index.js', import.meta.url)
if (existsSync(main)) {
  const { runCli } = await import(main.href)
  await runCli(process.argv.slice(2))
} else {
  console.error('pivot is not built yet. Run: npm ci && npm run build')
  process.exitCode = 1
}
