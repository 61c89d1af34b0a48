export type { Scope, Token, TokenStore } from './tokens.ts'
