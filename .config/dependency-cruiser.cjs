/** The import table of docs/ARCHITECTURE.md, as rules. */
const npm = 'node_modules'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans-from-test', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
    {
      name: 'client-and-server-apart',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^server/' },
    },
    {
      name: 'server-and-client-apart',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^client/' },
    },
    {
      name: 'shared-is-pure',
      severity: 'error',
      from: { path: '^shared/' },
      to: { pathNot: ['^shared/', `${npm}/(yjs|lib0|zod|pure-rand)/`] },
    },
    {
      name: 'tfjs-in-the-backend-alone',
      severity: 'error',
      from: { path: '^(server|client|shared)/', pathNot: '^server/learning/backend/' },
      to: { path: `${npm}/@tensorflow/` },
    },
    {
      name: 'drivers-in-storage-alone',
      severity: 'error',
      from: { path: '^(server|client|shared)/', pathNot: '^server/storage/' },
      to: { path: `${npm}/(better-sqlite3|libsql|mongodb)/` },
    },
    {
      name: 'backend-knows-only-the-model',
      severity: 'error',
      from: { path: '^server/learning/backend/' },
      to: { path: '^server/', pathNot: '^server/learning/(backend|model)/' },
    },
    {
      name: 'trainer-and-predictor-behind-the-rpc',
      severity: 'error',
      from: { path: '^server/learning/(trainer|predictor|model)/' },
      to: { path: '^server/(rooms|sync|sockets|http|storage|identity|app|main)' },
    },
    {
      name: 'rooms-know-no-transport',
      severity: 'error',
      from: { path: '^server/(rooms|dataset|learning)/' },
      to: { path: ['^server/(sockets|http)/', `${npm}/(socket\\.io|fastify|ws)/`] },
    },
    {
      name: 'sync-knows-no-sockets-or-http',
      severity: 'error',
      from: { path: '^server/sync/' },
      to: { path: ['^server/(sockets|http)/', `${npm}/(socket\\.io|fastify)/`] },
    },
    {
      name: 'transports-never-touch-a-driver',
      severity: 'error',
      from: { path: '^server/(sockets|http|sync|rooms|dataset)/' },
      to: { path: '^server/storage/(sqlite|mongo)/' },
    },
    {
      name: 'backup-knows-no-transport',
      severity: 'error',
      from: { path: '^server/backup/' },
      to: { path: ['^server/(sockets|http|sync|rooms|learning)/', '^server/storage/(sqlite|mongo)/'] },
    },
    {
      name: 'nothing-imports-the-root',
      severity: 'error',
      from: { path: '^(server|client|shared)/', pathNot: '^server/(main|life|app)\\.ts$' },
      to: { path: '^server/(main|life|app)\\.ts$' },
    },
    {
      name: 'features-apart',
      severity: 'error',
      from: { path: '^client/features/([^/]+)/' },
      to: { path: '^client/features/', pathNot: '^client/features/$1/' },
    },
    {
      name: 'features-below-the-app',
      severity: 'error',
      from: { path: '^client/(features|net|ui|composables)/' },
      to: { path: '^client/app/' },
    },
    {
      name: 'ui-knows-vue-alone',
      severity: 'error',
      from: { path: '^client/ui/' },
      to: { path: '^(client/(app|net|features)|server)/' },
    },
    {
      name: 'net-below-features',
      severity: 'error',
      from: { path: '^client/net/' },
      to: { path: '^client/(features|ui)/' },
    },
  ],
  options: {
    doNotFollow: { path: npm },
    exclude: { path: '^(dist|data|\\.cache|\\.tensorflow(-making)?)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
