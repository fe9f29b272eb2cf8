import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The page with hot reload on PORT, and behind it the server on the port above, started anew when its code changes. */
const port = Number(process.env['PORT'] ?? 3_000)
const serverPort = port + 1
process.env['TRAINBOARD_DEV_SERVER'] = `http://127.0.0.1:${String(serverPort)}`

const server = spawn(process.execPath, [at('../node_modules/tsx/dist/cli.mjs'), 'watch', at('main.ts')], {
  stdio: 'inherit',
  env: { ...process.env, PORT: String(serverPort), npm_lifecycle_event: '' },
})
const vite = await createServer({ configFile: at('../client/vite.config.ts'), server: { port } })
await vite.listen()
vite.printUrls()

server.on('exit', (code) => {
  void vite.close().finally(() => process.exit(code ?? 1))
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))
