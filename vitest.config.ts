import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['test/wire/**', 'node_modules/**'],
    passWithNoTests: false,
    pool: 'threads',
    maxWorkers: 2,
  },
})
