// The AI SDK with its provider for OpenAI's form, used as openai-client.js is.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { generateText, jsonSchema, streamText, tool } from "ai"

const [baseURL, task, ...sayings] = process.argv.slice(2)

const { chatModel } = createOpenAICompatible({ name: "worker", baseURL, apiKey: process.env.OPENAI_API_KEY })

// The worker has its own definitions; these are for the client, which checks calls against them.
const properties = { title: { type: "string" }, column: { type: ["string", "null"] } }
const create_task = tool({ inputSchema: jsonSchema({ type: "object", properties, required: ["title"] }) })

const request = (said) => ({
  model: chatModel(process.env.MODEL),
  messages: [{ role: "user", content: said }],
  tools: { create_task },
  maxRetries: 0,
  onError: () => {}, // it would print it
})

const calls = (list) => list.map((it) => [it.toolName, it.input])

const asking = {
  parts: async (said) => {
    const came = { text: "", calls: [] }
    for await (const part of streamText(request(said)).fullStream) {
      if (part.type === "error") throw part.error
      if (part.type === "text-delta") came.text += part.text
      if (part.type === "tool-call") came.calls.push(...calls([part]))
    }
    return came
  },
  text: async (said) => {
    let failed
    const result = streamText({ ...request(said), onError: ({ error }) => (failed ??= error) })
    let text = ""
    for await (const piece of result.textStream) text += piece
    if (failed) throw failed
    return { text, calls: calls(await result.toolCalls) }
  },
  // What a page's chat is fed with.
  messages: async (said) => {
    const came = { text: "", calls: [] }
    let failed
    const onError = (error) => ((failed = error), "failed")
    for await (const part of streamText(request(said)).toUIMessageStream({ onError })) {
      if (part.type === "error") throw failed
      if (part.type === "text-delta") came.text += part.delta
      if (part.type === "tool-input-available") came.calls.push(...calls([part]))
    }
    return came
  },
  whole: async (said) => {
    const { text, toolCalls } = await generateText(request(said))
    return { text, calls: calls(toolCalls) }
  },
}

const leaving = {
  parts: async (said) => {
    const controller = new AbortController()
    const { fullStream } = streamText({ ...request(said), abortSignal: controller.signal })
    for await (const part of fullStream) if (part.type === "text-delta") controller.abort()
  },
}

// An error of the answer's status is an exception; one within the answer is what the worker wrote.
const failure = (error) => {
  const { code = error.code, message = error.message } = error.data?.error ?? {}
  return { error: { status: error.statusCode, code, message } }
}

for (const said of sayings) {
  const ways = Object.entries({ ask: asking, leave: leaving }[task])
  await Promise.all(
    ways.map(async ([way, ask]) => {
      const came = await ask(task === "leave" ? `${said}, ${way}` : said).catch(failure)
      console.log(JSON.stringify({ said, way, ...came }))
    }),
  )
}
