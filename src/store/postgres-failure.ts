import { Failure } from '../base/index.ts'

/**
 * States after which the same statement may succeed later, or which an operator must mend: connections (08), resources
 * (53), the server stops or starts (57P), a statement took too long (57014), conflicts (40), it is a standby (25006), the
 * user may not (28, 42501), there is no such database (3D000).
 */
const unavailable = /^(08|53|57P|57014|40|25006|28|42501|3D000|58|XX)/

/** What an error of `pg` means. Errors without a state come from the network or from the client itself. */
export function postgresFailure(error: unknown): Failure {
  const { code = '', message = String(error) } = error as { readonly code?: string; readonly message?: string }
  const hasState = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')
  if (hasState && !unavailable.test(code))
    return new Failure('UNNAMED', { problem: `${code} ${message}` }, { cause: error })
  const advice = advices.find(([pattern]) => pattern.test(code) || pattern.test(message))?.[1]
  const said = message === '' ? code : message // Errors that stand for several addresses have no message.
  const problem = advice === undefined ? said : `${said}: ${advice}`
  return new Failure('DATABASE_UNAVAILABLE', { problem }, { cause: error })
}

const advices: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/ECONNREFUSED/, 'is PostgreSQL running at the host and port of PIVOT_DATABASE_URL?'],
  [/ENOTFOUND|EAI_AGAIN/, 'does the host of PIVOT_DATABASE_URL exist?'],
  [
    /ETIMEDOUT|timeout exceeded when trying to connect/,
    'is the host of PIVOT_DATABASE_URL reachable, or are all connections in use?',
  ],
  [/^28/, 'are the user and the password of PIVOT_DATABASE_URL right, and does pg_hba.conf let them in?'],
  [/^3D000$/, 'create it first: createdb'],
  [/^42501$/, 'the user needs to own the database, or CREATE on its schema'],
  [/^53300$/, 'raise max_connections: each process takes up to 11'],
  [/^25006$/, 'PIVOT_DATABASE_URL must name the primary'],
]
