// OpenAI's own client on the model route at argv[2], with the token in OPENAI_API_KEY and the model in MODEL. What it
// does is argv[3]: `ask` says each of argv[4…], in each of its ways; `leave` goes away after the first piece.
// Prints a line of JSON for each: what was said, how, and what came: text, calls or the error that was thrown.
import OpenAI from "openai"

const [baseURL, task, ...sayings] = process.argv.slice(2)

const client = new OpenAI({ baseURL, maxRetries: 0 })

const request = (said) => ({ model: process.env.MODEL, messages: [{ role: "user", content: said }] })

const calls = (list) => (list ?? []).map((it) => [it.function.name, JSON.parse(it.function.arguments)])

const asking = {
  iterated: async (said) => {
    const came = { text: "", calls: [] }
    for await (const chunk of await client.chat.completions.create({ ...request(said), stream: true })) {
      came.text += chunk.choices[0]?.delta.content ?? ""
      came.calls.push(...calls(chunk.choices[0]?.delta.tool_calls))
    }
    return came
  },
  gathered: async (said) => {
    const { content, tool_calls } = await client.chat.completions.stream(request(said)).finalMessage()
    return { text: content ?? "", calls: calls(tool_calls) }
  },
  whole: async (said) => {
    const { content, tool_calls } = (await client.chat.completions.create(request(said))).choices[0].message
    return { text: content ?? "", calls: calls(tool_calls) }
  },
}

const leaving = {
  iterated: async (said) => {
    for await (const _ of await client.chat.completions.create({ ...request(said), stream: true })) break
  },
  gathered: async (said) => {
    const stream = client.chat.completions.stream(request(said))
    await stream.emitted("content")
    stream.abort()
    await stream.done().catch(() => {})
  },
}

const failure = ({ status, code, message }) => ({ error: { status, code, message } })

for (const said of sayings) {
  const ways = Object.entries({ ask: asking, leave: leaving }[task])
  await Promise.all(
    ways.map(async ([way, ask]) => {
      const came = await ask(task === "leave" ? `${said}, ${way}` : said).catch(failure)
      console.log(JSON.stringify({ said, way, ...came }))
    }),
  )
}
