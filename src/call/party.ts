/** One end of a leg as signalling names it: a user, a host, and the name shown. */
export interface Party {
  readonly user: string
  readonly realm: string
  readonly name?: string
}
