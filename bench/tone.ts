/** A WAV file (8 kHz, mono, 16 bit) with a tone of `hz`. */
export function toneFile(hz: number, ms: number): Buffer {
  const samples = (8_000 * ms) / 1000
  const file = Buffer.alloc(44 + samples * 2)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + samples * 2, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(8_000, 24)
  file.writeUInt32LE(16_000, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(samples * 2, 40)
  for (let i = 0; i < samples; i++)
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hz * i) / 8_000)), 44 + i * 2)
  return file
}
