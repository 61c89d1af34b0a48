<<<<<<< HEAD
export { isRtcp, parseRtp, timestampsApart, writeRtpHeader, type RtpPacket } from './packet.ts'
=======
export { isRtcp, parseRtp, rtpHeaderBytes, writeRtpHeader, type RtpPacket } from './packet.ts'
>>>>>>> a4bf634 (feat(drivers/sip): SRTP by keys in SDP, and RTCP)
export { RtpStream, type StreamStart } from './stream.ts'
export { eventOfKey, keyOfEvent, KeyReceiver, type KeyHeard, type TelephoneEvent } from './telephone-event.ts'
export { JitterBuffer, type JitterBufferOptions, type JitterCounts } from './jitter-buffer.ts'
export { Reception, type ReceptionReport } from './reception.ts'
export { parseRtcp, shortTime, shortTimesApart, writeRtcp, type ReportBlock, type RtcpReport } from './rtcp.ts'
export { isSrtpSuite, masterBytes, srtpSuites, type SrtpKey, type SrtpSuite } from './srtp-suite.ts'
export { SrtpReceiver, SrtpSender } from './srtp.ts'
