/** How to call a server that has just started with the demo account, for somebody who has never done it. */
export const callingHints = (sip: string): string => `
Pivot is ready. Call it: 2030 is a web app that answers in JSON, 2031 one that answers in TwiML (both in examples/).

  with a softphone    sip:2030@${sip}     (no account, no password)
  with baresip        baresip -e '/uanew <sip:me@127.0.0.1>;regint=0' -e '/dial sip:2030@${sip}'
  with sipp           sipp -sn uac ${sip} -s 2030 -m 1 -d 10000
  with nothing        npx pivot call --to 2030
`
