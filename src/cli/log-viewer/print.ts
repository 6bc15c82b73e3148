import { styleText } from 'node:util'
import type { LogLevel, LogStreamFrame } from '../../../schemas/log.ts'

type Style = Parameters<typeof styleText>[0]

const COLOURS: Record<LogLevel, Style> = { E: 'red', W: 'yellow', I: 'green', D: 'cyan', V: 'gray' }

/** Makes the text of a frame: one line, of several miners with the end of each one's MAC in front. */
export function createPrinter({ color, macs }: { color: boolean; macs: string[] }): (frame: LogStreamFrame) => string {
  const paint = (style: Style, text: string) => (color ? styleText(style, text, { validateStream: false }) : text)
  const prefix = (mac: string) => (macs.length === 1 ? '' : `${mac.slice(-5)}  `)

  return (frame) => {
    if (frame.type === 'log') return `${prefix(frame.mac)}${paint(COLOURS[frame.level ?? 'I'], frame.raw)}\n`
    return `${prefix(frame.mac)}${paint('dim', `--- ${wordsOf(frame)}`)}\n`
  }
}

function wordsOf(frame: Exclude<LogStreamFrame, { type: 'log' }>): string {
  if (frame.type === 'gap')
    return frame.missed === null ? 'the backend has started anew' : `${frame.missed} lines are lost`
  if (frame.type === 'end') return `ended: ${frame.reason}`
  return frame.reason === undefined ? frame.state : `${frame.state}: ${frame.reason}`
}
