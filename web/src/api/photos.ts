import { newId } from '../domain/id'
import { api, unwrap } from './client'

const longestSide = 1280

/** keepPhoto makes a photo small, sends it and gives its id. */
export async function keepPhoto(file: Blob): Promise<string> {
  const id = newId()
  await sendPhoto(id, await shrink(file))
  return id
}

/** sendPhoto sends a JPEG of at most 1 MB under its id; again is the same as once. */
export const sendPhoto = (id: string, jpeg: Blob) => unwrap(api.POST('/photos', {
  params: { query: { id } },
  body: jpeg as never,
  headers: { 'Content-Type': 'image/jpeg' },
}))

/** shrink redraws a picture at most 1280 px long as a JPEG. */
export async function shrink(file: Blob): Promise<Blob> {
  const image = await load(file)
  const factor = Math.min(1, longestSide / Math.max(image.naturalWidth, image.naturalHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.naturalWidth * factor))
  canvas.height = Math.max(1, Math.round(image.naturalHeight * factor))
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error('no JPEG')) }, 'image/jpeg', 0.8)
  })
}

function load(file: Blob): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image()
    const url = URL.createObjectURL(file)
    image.onload = () => { URL.revokeObjectURL(url); resolve(image) }
    image.onerror = () => { URL.revokeObjectURL(url); reject(new Error('not a picture')) }
    image.src = url
  })
}
