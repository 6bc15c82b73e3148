import type { ChildProcess } from 'node:child_process'

interface Question {
  id: number
  name: string
  argument: unknown
}
interface Answer {
  id: number
  value?: unknown
  error?: string
}

let lastId = 0

/** Asks a child process that answers by `answerParent`. Rejects with its error, or when it ends before. */
export function ask<T>(child: ChildProcess, name: string, argument?: unknown): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const id = ++lastId
  const hear = (answer: Answer) => {
    if (answer.id !== id) return
    if (answer.error === undefined) resolve(answer.value as T)
    else reject(new Error(answer.error))
  }
  const end = () => reject(new Error(`a process has ended before it answered "${name}"`))
  child.on('message', hear).once('exit', end)
  child.send({ id, name, argument } satisfies Question, (error) => error && reject(error))
  return promise.finally(() => child.off('message', hear).off('exit', end))
}

/** Asks a child process to do something, and waits until it has. */
export async function tell(child: ChildProcess, name: string, argument?: unknown): Promise<void> {
  await ask(child, name, argument)
}

/** Lets this process answer its parent, and end with it. */
export function answerParent(answers: Record<string, (argument: never) => unknown>): void {
  process.on('message', ({ id, name, argument }: Question) => {
    const answer = async () => answers[name]?.(argument as never)
    answer().then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answer)
    )
  })
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
