import { register } from 'node:module'

// As after `npm ci --ignore-scripts`: the package is there, its native part is not.
const unbuilt = `export default class { constructor() { throw new Error('Could not locate the bindings file') } }`
const hooks = `export function resolve(name, context, next) {
  if (name === 'better-sqlite3') return { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(unbuilt)}`)}, shortCircuit: true }
  return next(name, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
