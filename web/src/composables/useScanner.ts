// Reads QR codes: the phone's own detector where it has one, else zxing in
// WebAssembly, fetched from this server the first time it is needed.

import { onBeforeUnmount, ref } from 'vue'
import { keepFile } from '../shell'

/** starting, scanning, or why there is no camera picture. */
export type CameraState = 'starting' | 'scanning' | 'denied' | 'none' | 'insecure'

interface NativeDetector { detect: (source: CanvasImageSource | Blob) => Promise<{ rawValue: string }[]> }
interface NativeDetectorClass {
  new (options: { formats: string[] }): NativeDetector
  getSupportedFormats: () => Promise<string[]>
}
type Frame = HTMLVideoElement | Blob
type Reader = (frame: Frame) => Promise<string[]>
interface TorchTrack { torch?: boolean }

const everyMillis = 120
/** The side of the square cut from the middle of the picture, in pixels. */
const cut = 640

let reading: Promise<Reader> | null = null

/** loadReader gives the reader of this phone, loading it once. */
function loadReader(): Promise<Reader> {
  reading = reading || native().then((reader) => reader || wasm())
  reading.catch(() => { reading = null })
  return reading
}

async function native(): Promise<Reader | null> {
  const Detector = (window as unknown as { BarcodeDetector?: NativeDetectorClass }).BarcodeDetector
  if (!Detector) return null
  const formats = await Detector.getSupportedFormats().catch(() => [] as string[])
  if (formats.indexOf('qr_code') < 0) return null
  const detector = new Detector({ formats: ['qr_code'] })
  return async (frame) => {
    const source = frame instanceof Blob ? await createImageBitmap(frame) : frame
    return (await detector.detect(source)).map(({ rawValue }) => rawValue)
  }
}

async function wasm(): Promise<Reader> {
  const [{ prepareZXingModule, readBarcodes }, { default: url }] = await Promise.all([
    import('zxing-wasm/reader'), import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ])
  prepareZXingModule({ overrides: { locateFile: () => url } })
  keepFile(url)
  const canvas = document.createElement('canvas')
  return async (frame) => {
    const input = frame instanceof Blob ? frame : middle(frame, canvas)
    if (!input) return []
    const results = await readBarcodes(input, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 1 })
    return results.map(({ text }) => text)
  }
}

/** middle cuts the square in the middle of the camera's picture. */
function middle(video: HTMLVideoElement, canvas: HTMLCanvasElement): ImageData | null {
  const side = Math.min(video.videoWidth, video.videoHeight)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!side || !context) return null
  canvas.width = canvas.height = Math.min(side, cut)
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** warmScanner fetches the reader ahead of its first use, so that it is there without a network. */
export function warmScanner() {
  void loadReader().catch(() => {})
}

/** useScanner gives the camera's state and its controls; onText is called with every text read. */
export function useScanner(onText: (text: string) => void) {
  const state = ref<CameraState>('starting')
  const torch = ref<'absent' | 'off' | 'on'>('absent')
  let stream: MediaStream | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  async function start(video: HTMLVideoElement) {
    stopped = false
    if (!window.isSecureContext) { state.value = 'insecure'; return }
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { state.value = 'none'; return }
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
      })
    } catch (error) {
      state.value = (error as Error).name === 'NotAllowedError' ? 'denied' : 'none'
      return
    }
    if (stopped) { stop(); return }
    video.srcObject = stream
    await video.play().catch(() => {})
    state.value = 'scanning'
    torch.value = hasTorch(stream) ? 'off' : 'absent'
    void look(video)
  }

  async function look(video: HTMLVideoElement) {
    if (stopped) return
    try {
      const reader = await loadReader()
      const texts = stopped ? [] : await reader(video)
      if (texts.length && !stopped) onText(texts[0])
    } catch { /* one frame that could not be read is not worth a word */ }
    if (!stopped) timer = setTimeout(() => { void look(video) }, everyMillis)
  }

  /** readPicture reads a photo; null when there is no code in it. */
  async function readPicture(file: Blob): Promise<string | null> {
    const reader = await loadReader()
    const texts = await reader(file)
    return texts.length ? texts[0] : null
  }

  async function toggleTorch() {
    if (!stream || torch.value === 'absent') return
    const on = torch.value === 'off'
    await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
    torch.value = on ? 'on' : 'off'
  }

  function stop() {
    stopped = true
    clearTimeout(timer)
    if (stream) for (const track of stream.getTracks()) track.stop()
    stream = null
    torch.value = 'absent'
  }

  onBeforeUnmount(stop)
  return { state, torch, start, stop, readPicture, toggleTorch }
}

function hasTorch(stream: MediaStream): boolean {
  const track = stream.getVideoTracks()[0]
  if (!track || !track.getCapabilities) return false
  return !!(track.getCapabilities() as TorchTrack).torch
}
