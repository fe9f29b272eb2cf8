import { request, type IncomingHttpHeaders } from 'node:http'

export interface Asked {
  readonly method?: string
  readonly token?: string
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown
  /** Also Host and Origin, which fetch would not let through. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body read as JSON; undefined where it is none. */
  readonly json: unknown
}

/** One request, with every header under the test's control. */
export function ask(url: string, { method = 'GET', token, body, headers = {} }: Asked = {}): Promise<Answer> {
  const bytes = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      {
        method,
        agent: false,
        headers: {
          ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: asJson(text) })
        })
      },
    )
    asking.on('error', reject)
    asking.end(bytes)
  })
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
