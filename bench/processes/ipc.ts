import type { ChildProcess } from 'node:child_process'

interface Call {
  id: number
  name: string
  argument: unknown
}
interface Result {
  id: number
  value?: unknown
  error?: string
}

let lastId = 0

/** Calls a function that a child process serves with `serveParent`. Rejects with its error, or when the child ends first. */
export function call<T>(child: ChildProcess, name: string, argument?: unknown): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const id = ++lastId
  const onMessage = (answer: Result) => {
    if (answer.id !== id) return
    if (answer.error === undefined) resolve(answer.value as T)
    else reject(new Error(answer.error))
  }
  const end = () => reject(new Error(`a process ended before it answered "${name}"`))
  child.on('message', onMessage).once('exit', end)
  child.send({ id, name, argument } satisfies Call, (error) => error && reject(error))
  return promise.finally(() => child.off('message', onMessage).off('exit', end))
}

/** Serves functions to the parent process, and ends this process when the parent ends. */
export function serveParent(functions: Record<string, (argument: never) => unknown>): void {
  process.on('message', ({ id, name, argument }: Call) => {
    const answer = async () => functions[name]?.(argument as never)
    answer().then(
      (value) => process.send?.({ id, value } satisfies Result),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Result)
    )
  })
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
