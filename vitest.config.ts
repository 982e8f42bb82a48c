import { defineConfig } from 'vitest/config'

// Most tests wait: for media in real time, for time limits of programs that are not ours. Two files at a time leave half of two
// cores idle, three keep them busy.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/bench/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    restoreMocks: true,
  },
})
