import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * Content policy and its kin. Over plain http, as a class joins by address, nothing may ask for https, and the
 * headers that browsers honour only there are left out.
 */
export async function securityHeaders(http: FastifyInstance, overTls: boolean): Promise<void> {
  await http.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        // Some browsers do not count the sockets of this host as 'self'.
        connectSrc: [
          "'self'",
          ({ headers }) => `ws://${headers.host ?? ''}`,
          ({ headers }) => `wss://${headers.host ?? ''}`,
        ],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: overTls,
    crossOriginOpenerPolicy: overTls,
    originAgentCluster: overTls,
  })
}
