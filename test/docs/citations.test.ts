import { globSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { PAGES, ROOT, read, sourcesOf } from '../support/pages.ts'

const CITED = ['AXEOS.md', 'CONTRACT.md']
const SELF = 'test/docs/citations.test.ts'
const sources = [
  ...sourcesOf('src', 'plugins', 'routes', 'schemas', 'test', 'bench').filter(({ file }) => file !== SELF),
  ...PAGES.map((file) => ({ file, text: read(file) }))
]

/** The numbers of the sections of a page, such as `1` and `1.4`. */
const sectionsOf = (page: string) =>
  new Set([...read(page).matchAll(/^##+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number))

t.test('every cited section of a reference exists', (t) => {
  for (const page of CITED) {
    const sections = sectionsOf(`docs/${page}`)
    const citation = new RegExp(
      `\\b${page.replace('.', '\\.')} (\\d+(?:\\.\\d+)?(?:(?:, | and | to )\\d+\\.\\d+)*)`,
      'g'
    )
    const cited = sources.flatMap(({ file, text }) =>
      [...text.matchAll(citation)].flatMap(([, numbers = '']) =>
        numbers.split(/, | and | to /).map((number) => ({ file, number }))
      )
    )
    t.ok(cited.length > 3, page)
    for (const { file, number } of cited) t.ok(sections.has(number), `${file}: ${page} ${number}`)
  }
  t.end()
})

t.test('every reference is cited by the number of a section', (t) => {
  const bare = /(?<![/[])\b(AXEOS|CONTRACT)\.md(?! \d)(?!\))/
  for (const { file, text } of sourcesOf('src', 'plugins', 'routes', 'schemas', 'bench')) t.notMatch(text, bare, file)
  t.end()
})

t.test('no file names a document that is not in the repository', (t) => {
  const documents = globSync('{*,docs/*,bench/*,deploy/*}.md', { cwd: ROOT }).map((file) => basename(file))
  t.ok(documents.includes('AXEOS.md'))
  for (const { file, text } of sources) {
    for (const [name] of text.matchAll(/\b[A-Z][A-Z-]+\.md\b/g)) t.ok(documents.includes(name), `${file}: ${name}`)
    t.notMatch(text, /\.\.\/shared\b|\/shared\//, file)
  }
  t.end()
})
