import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const compressible = /\.(js|css|html|svg|wasm|webmanifest|json)$/

/** Writes a .gz and a .br twin beside every file worth it, so that the server only picks one. */
export function compress(): Plugin {
  let outDir = ''
  return {
    name: 'hufen-compress',
    apply: 'build',
    enforce: 'post',
    configResolved(config) { outDir = join(config.root, config.build.outDir) },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() { for (const file of filesIn(outDir)) writeTwins(file) },
    },
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

function writeTwins(file: string) {
  if (!compressible.test(file)) return
  const plain = readFileSync(file)
  if (plain.length < 512) return
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }))
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}
