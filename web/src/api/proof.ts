import { api, unwrap } from './client'

/** checkReceipt asks whether the line of a receipt is in the book; nobody has to be signed in. */
export const checkReceipt = (code: string) => unwrap(api.GET('/receipts/{code}', { params: { path: { code } } }))

/** receiptPicture is the address of the QR code that opens the check of a receipt. */
export const receiptPicture = (code: string) => `/api/v1/receipts/${encodeURIComponent(code)}/qr`

/** listVerifications gives what verify found, night by night, and the newest seal. */
export const listVerifications = () => unwrap(api.GET('/verifications'))

/** Addresses of the page for the village board and of the files for auditors. */
export const sealBoard = '/api/v1/seals/newest/board'
export const bookFile = '/api/v1/exports/book'
export const sheetsFile = '/api/v1/exports/sheets'
