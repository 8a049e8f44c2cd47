// Fails when the first load of the cleaner's page (JS and CSS, gzip, without
// the scanner) is heavier than it may be. Reads the file list Vite wrote.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const limit = 60 * 1024
const dist = new URL('../dist/', import.meta.url)
const files = JSON.parse(readFileSync(new URL('files.json', dist), 'utf8'))

const loaded = new Set()
function load(key) {
  const entry = files[key]
  if (!entry) throw new Error(`budget: ${key} is not in the build`)
  if (loaded.has(entry.file)) return
  loaded.add(entry.file)
  for (const css of entry.css || []) loaded.add(css)
  for (const next of entry.imports || []) load(next)
}
load('index.html')
load('src/pages/cleaner/HomePage.vue')

let total = 0
for (const file of loaded) {
  const size = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  total += size
  console.log(`${String(size).padStart(7)}  ${file}`)
}
console.log(`${String(total).padStart(7)}  first load of the cleaner page, of ${limit} bytes gzip`)
if (total > limit) {
  console.error(`budget: ${total - limit} bytes too many`)
  process.exit(1)
}
