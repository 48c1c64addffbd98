// OpenAI's own client on the model route at argv[2], with the token in OPENAI_API_KEY: says each of argv[3…], streamed in both of its ways and in one piece.
// Prints a line of JSON for each: what was said, how, and what came: text, calls or the error that was thrown.
import OpenAI from "openai"

const client = new OpenAI({ baseURL: process.argv[2], maxRetries: 0 })

const request = (said) => ({ model: "first", messages: [{ role: "user", content: said }] })

const calls = (list) => (list ?? []).map((it) => [it.function.name, JSON.parse(it.function.arguments)])

const ways = {
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

for (const said of process.argv.slice(3)) {
  for (const [way, ask] of Object.entries(ways)) {
    const came = await ask(said).catch((error) => ({ error: error.code ?? String(error) }))
    console.log(JSON.stringify({ said, way, ...came }))
  }
}
