/**
 * What RFC 4475 asks of a user agent server that is neither proxy nor registrar: the statuses that it may answer, `call`
 * for an INVITE that is taken, `silence` for what must be dropped.
 */
export interface TortureCase {
  readonly section: string
  readonly asks: readonly (number | 'call' | 'silence')[]
  readonly because: string
}

const notRegistrar = 'well-formed; a registrar takes it, everybody else says that REGISTER is not allowed here'

export const cases: Readonly<Record<string, TortureCase>> = {
  wsinv: { section: '3.1.1.1', asks: [481], because: 'well-formed; its To tag names a dialog that does not exist' },
  intmeth: { section: '3.1.1.2', asks: [501], because: 'endpoints answer 501 with Allow' },
  esc01: { section: '3.1.1.3', asks: ['call'], because: 'escapes are valid; sip:sips%3A is still a sip URI' },
  escnull: { section: '3.1.1.4', asks: [405], because: notRegistrar },
  esc02: { section: '3.1.1.5', asks: [501], because: '% does not escape in methods: this is not REGISTER' },
  lwsdisp: { section: '3.1.1.6', asks: [200], because: 'no white space is needed between name and <' },
  longreq: { section: '3.1.1.7', asks: ['call'], because: 'long values are valid' },
  dblreq: { section: '3.1.1.8', asks: [405], because: 'one request; what comes after its body is not one' },
  semiuri: { section: '3.1.1.9', asks: [200], because: 'a semicolon may stand in the user part' },
  transports: { section: '3.1.1.10', asks: [200], because: 'transports of other Vias do not matter' },
  mpart01: { section: '3.1.1.11', asks: [405], because: 'well-formed with a binary body; MESSAGE is not allowed here' },
  unreason: { section: '3.1.1.12', asks: ['silence'], because: 'a valid response to nothing that was asked' },
  noreason: { section: '3.1.1.13', asks: ['silence'], because: 'a valid response to nothing that was asked' },
  badinv01: { section: '3.1.2.1', asks: [400], because: 'separators without anything between them' },
  clerr: { section: '3.1.2.2', asks: [400], because: 'Content-Length is larger than the datagram' },
  ncl: { section: '3.1.2.3', asks: [400], because: 'negative Content-Length' },
  scalar02: { section: '3.1.2.4', asks: [400], because: 'CSeq beyond 2**31' },
  scalarlg: { section: '3.1.2.5', asks: ['silence'], because: 'a response with scalars out of range is dropped' },
  quotbal: { section: '3.1.2.6', asks: [400], because: 'the quoted string in To does not end' },
  ltgtruri: { section: '3.1.2.7', asks: [400], because: '<> around the Request-URI' },
  lwsruri: { section: '3.1.2.8', asks: [400], because: 'white space within the Request-URI' },
  lwsstart: { section: '3.1.2.9', asks: [400], because: 'two spaces within the Request-Line' },
  trws: { section: '3.1.2.10', asks: [400], because: 'spaces at the end of the Request-Line' },
  escruri: { section: '3.1.2.11', asks: [400], because: 'headers within the Request-URI' },
  baddate: { section: '3.1.2.12', asks: ['call', 400], because: 'a Date that is not GMT need not be looked at' },
  regbadct: { section: '3.1.2.13', asks: [400, 405], because: 'a Contact with ? and without <>' },
  badaspec: { section: '3.1.2.14', asks: [200, 400], because: 'spaces within <>; may be ignored' },
  baddn: { section: '3.1.2.15', asks: [400], because: 'a comma in a name without quotes' },
  badvers: { section: '3.1.2.16', asks: [505], because: 'SIP/7.0' },
  mismatch01: { section: '3.1.2.17', asks: [400], because: 'the method of CSeq is another one' },
  mismatch02: { section: '3.1.2.18', asks: [400, 501], because: 'the same, with an unknown method' },
  bigcode: { section: '3.1.2.19', asks: ['silence'], because: 'a status beyond 699' },
  badbranch: { section: '3.2.1', asks: [200, 400], because: 'nothing behind the magic cookie: as in RFC 2543' },
  insuf: { section: '3.3.1', asks: [400], because: 'no Call-ID, From and To' },
  unkscm: { section: '3.3.2', asks: [416], because: 'unknown scheme in the Request-URI' },
  novelsc: { section: '3.3.3', asks: [416], because: 'a known scheme that is not SIP' },
  unksm2: { section: '3.3.4', asks: [405], because: notRegistrar },
  bext01: { section: '3.3.5', asks: [420], because: 'Require names what we do not know' },
  invut: { section: '3.3.6', asks: [415], because: 'unknown body' },
  regaut01: { section: '3.3.7', asks: [405], because: notRegistrar },
  multi01: { section: '3.3.8', asks: [400], because: 'headers twice that may be there once' },
  mcl01: { section: '3.3.9', asks: [400], because: 'two different Content-Lengths' },
  bcast: { section: '3.3.10', asks: ['silence'], because: 'a response with two Vias is not ours' },
  zeromf: { section: '3.3.11', asks: [200], because: 'endpoints do not look at Max-Forwards' },
  cparam01: { section: '3.3.12', asks: [405], because: notRegistrar },
  cparam02: { section: '3.3.13', asks: [405], because: notRegistrar },
  regescrt: { section: '3.3.14', asks: [405], because: notRegistrar },
  sdp01: { section: '3.3.15', asks: [406, 400], because: 'Accept does not take SDP' },
  inv2543: { section: '3.4.1', asks: ['call'], because: 'no branch, no tag, no Contact: RFC 2543' },
}
