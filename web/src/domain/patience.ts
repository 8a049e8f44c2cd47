// How long a request may take on a slow network.

const answerMillis = 30000
/** 2 KB a second: what is left of 2G at the edge of its reach. The server waits 5 minutes. */
const bytesPerMilli = 2

/** patienceFor gives the milliseconds a request with so many bytes may take. */
export const patienceFor = (bytes: number) => answerMillis + bytes / bytesPerMilli
