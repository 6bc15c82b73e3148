import type { Outcome } from './part.ts'
export const fuzz = async (): Promise<Outcome> => ({ done: '', problems: [] })
