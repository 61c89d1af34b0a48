export type { Scope, Token, TokenStore } from './tokens.ts'
export {
  allows,
  openAccess,
  operatorTokenId,
  sessionMs,
  type Access,
  type AccessOptions,
  type Grant,
  type Principal,
} from './access.ts'
export { openApiKey, type ApiKey } from './api-key.ts'
export type { FailedAttempts } from './attempts.ts'
export { credentialsOf, isSame, sealed, type CredentialMethod, type KeptCredentials } from './credentials.ts'
