/** Round trip estimate, longest retransmission interval, longest life of a message (RFC 3261 table 4), in ms. */
export const t1Ms = 500
export const t2Ms = 4_000
export const t4Ms = 5_000

/** How long whoever waits for the other side goes on waiting: 32 s. */
export const giveUpMs = 64 * t1Ms
