import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname

export default defineConfig({
  root,
  plugins: [vue()],
  test: {
    include: ['test/{unit,contract,integration,e2e}/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts', 'test/support/mongo-once.ts'],
    setupFiles: ['test/support/patience.ts'],
    // What every machine has; tests of the other backends name them.
    env: { TRAINBOARD_BACKEND: 'wasm' },
    expect: { poll: { timeout: 20_000 } },
    // Real workers and a real browser: files run two at a time, so that none starves on a small machine.
    maxWorkers: 2,
    // A bound for a machine with other work, not a measure of speed.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    slowTestThreshold: 5_000,
  },
})
