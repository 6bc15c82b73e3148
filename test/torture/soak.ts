import type { Outcome } from './part.ts'
export const soak = async (): Promise<Outcome> => ({ done: '', problems: [] })
