// aimock, a stand-in for models that others wrote, as upstream of the worker: prints its base URL, and serves until it is killed.
import { LLMock } from "@copilotkit/aimock"

const mock = new LLMock({ port: 0, host: "127.0.0.1" })
const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const tooMuch = { message: "slow down, org-1234", type: "rate_limit_error" }
const calls = ["Milk", "Tea"].map((title) => ({
  name: "create_task",
  arguments: JSON.stringify({ title, column: null }),
}))
mock.onMessage("say hello", { content: "Hello from aimock, in several pieces.", usage })
mock.onMessage("make tasks", { toolCalls: calls })
mock.onMessage("call wrongly", { toolCalls: [{ name: "create_task", arguments: '{"title":7}' }] })
mock.onMessage("too much", { error: tooMuch, status: 429, retryAfter: 2 })
mock.onMessage("come back later", { error: tooMuch, status: 429, retryAfter: 60 })
// So slowly that the first pieces are sent before the connection is cut.
mock.onMessage("break off", { content: "It never comes to its end." }, { truncateAfterChunks: 3, chunkSize: 5, latency: 200 })
await mock.start()
console.log(`${mock.url}/v1`)
