/** How to call a server that has just started, for somebody who has never done it. */
export function callingHints(sip: string, number: string): string {
  return `
Pivot is ready. Call it:

  with a softphone    sip:${number}@${sip}   (no account and no password needed)
  with baresip        baresip -e '/uanew <sip:me@127.0.0.1>;regint=0' -e '/dial sip:${number}@${sip}'
  with sipp           sipp -sn uac ${sip} -s ${number} -m 1 -d 10000
  with nothing        npx pivot call --to ${number}
`
}
