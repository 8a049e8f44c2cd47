import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformWithOxc, type Plugin, type Rolldown } from 'vite'

/** What works only at a desk with a network; the phone does not carry it. */
const notForPhones = /(\/pages\/official\/|echarts)/

/**
 * Builds src/sw.ts into /sw.js with the list of shell files and their common
 * hash filled in. A changed file changes the hash, and with it the worker.
 */
export function serviceWorker(): Plugin {
  let root = ''
  let outDir = ''
  const shell = new Map<string, string>()
  return {
    name: 'hufen-service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root
      outDir = join(root, config.build.outDir)
    },
    writeBundle(_, bundle) {
      for (const name of reachable(bundle)) {
        const file = bundle[name]
        const content = file.type === 'chunk' ? file.code : file.source
        shell.set(`/${name}`, createHash('sha256').update(content).digest('hex'))
      }
    },
    closeBundle: {
      sequential: true,
      async handler() {
        if (shell.size === 0) return
        const html = readFileSync(join(outDir, 'index.html'))
        const hash = createHash('sha256').update(html)
        for (const [name, digest] of [...shell].sort()) hash.update(name).update(digest)
        const source = readFileSync(join(root, 'src/sw.ts'), 'utf8')
        const { code } = await transformWithOxc(source, 'sw.ts', { target: 'es2018' })
        const files = ['/', '/mark.svg', '/manifest.webmanifest', ...shell.keys()]
        writeFileSync(join(outDir, 'sw.js'), code
          .replace('__FILES__', JSON.stringify(files))
          .replace('__VERSION__', JSON.stringify(hash.digest('hex').slice(0, 16))))
      },
    },
  }
}

/** reachable lists the scripts and styles that pages on a phone can come to need. */
function reachable(bundle: Rolldown.OutputBundle): Set<string> {
  const found = new Set<string>()
  function visit(name: string) {
    const chunk = bundle[name]
    if (!chunk || chunk.type !== 'chunk' || found.has(name) || notForPhones.test(chunk.facadeModuleId || '')) return
    found.add(name)
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) visit(next)
  }
  for (const [name, file] of Object.entries(bundle)) if (file.type === 'chunk' && file.isEntry) visit(name)
  return found
}
