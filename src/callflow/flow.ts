/** One node of a callflow: what to do, with what, and where to go on. */
export interface Flow {
  readonly module: string
  readonly data: Readonly<Record<string, unknown>>
  readonly children: Readonly<Record<string, Flow>>
}

/** The child that is taken when no other fits. */
export const wildcard = '_'

export const childOf = (flow: Flow, key: string): Flow | undefined =>
  Object.hasOwn(flow.children, key) ? flow.children[key] : undefined
