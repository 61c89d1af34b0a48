import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['test/wire/**', 'node_modules/**'],
    passWithNoTests: false,
    pool: 'threads',
    isolate: false, // No module here has a state of its own, so test files share them: 15 s instead of 55.
    maxWorkers: 2,
  },
})
