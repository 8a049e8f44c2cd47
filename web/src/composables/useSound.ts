// The four sounds and buzzes of the trade, made on the spot: no files to load.

import { sound } from './useSettings'

export type Signal = 'read' | 'saved' | 'again' | 'refused' | 'redeemed'

/** One tone: pitch in hertz, start and length in milliseconds. */
type Tone = readonly [pitch: number, start: number, length: number]

const signals: Record<Signal, { tones: readonly Tone[]; buzz: number | number[] }> = {
  read: { tones: [[1320, 0, 90]], buzz: 40 },
  saved: { tones: [[784, 0, 110], [1175, 130, 160]], buzz: 60 },
  again: { tones: [[880, 0, 120], [880, 200, 120]], buzz: [80, 80, 80] },
  refused: { tones: [[196, 0, 300]], buzz: 300 },
  redeemed: { tones: [[784, 0, 120], [988, 140, 120], [1319, 280, 220]], buzz: 60 },
}

let context: AudioContext | null = null

/** signal plays and buzzes one event; silent when the phone cannot or the switch is off. */
export function signal(event: Signal) {
  // A browser that has not been touched yet refuses to buzz, and complains.
  const touched = !navigator.userActivation || navigator.userActivation.hasBeenActive
  if (touched && navigator.vibrate) navigator.vibrate(signals[event].buzz)
  if (sound.value === 'off') return
  try {
    play(signals[event].tones)
  } catch { /* no audio on this phone: the screen says it too */ }
}

function play(tones: readonly Tone[]) {
  const Context = window.AudioContext || (window as unknown as { webkitAudioContext?: typeof AudioContext }).webkitAudioContext
  if (!Context) return
  context = context || new Context()
  if (context.state === 'suspended') void context.resume()
  for (const [pitch, start, length] of tones) playTone(context, pitch, start / 1000, length / 1000)
}

function playTone(audio: AudioContext, pitch: number, start: number, length: number) {
  const oscillator = audio.createOscillator()
  const gain = audio.createGain()
  const from = audio.currentTime + start
  oscillator.frequency.value = pitch
  gain.gain.setValueAtTime(0, from)
  gain.gain.linearRampToValueAtTime(0.4, from + 0.01)
  gain.gain.setValueAtTime(0.4, from + length - 0.02)
  gain.gain.linearRampToValueAtTime(0, from + length)
  oscillator.connect(gain)
  gain.connect(audio.destination)
  oscillator.start(from)
  oscillator.stop(from + length)
}
