import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The server: its main program and its worker threads, flat in one folder, with packages left to node_modules. */
export default defineConfig({
  root: at('..'),
  publicDir: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    outDir: at('../dist/server'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: {
        main: at('main.ts'),
        backup: at('backup/backup-program.ts'),
        restore: at('backup/restore-program.ts'),
        'setup-tensorflow': at('tensorflow/setup-program.ts'),
        'trainer-worker': at('learning/trainer/worker.ts'),
        'predictor-worker': at('learning/predictor/worker.ts'),
        'store-worker': at('storage/sqlite/store-worker.ts'),
        'store-mongo-worker': at('storage/mongo/store-worker.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
