import { defineConfig } from 'vitest/config'

// Two busy cores: test files run one after the other, so that each has the machine for its FFmpegs.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/bench/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    restoreMocks: true,
  },
})
