import { defineConfig } from 'vitest/config'

/** Real sockets and real programs: one file at a time, and time enough for a call. */
export default defineConfig({
  test: {
    include: ['test/wire/**/*.test.ts'],
    passWithNoTests: false,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
