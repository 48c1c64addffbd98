// The floor of a proxy: an answer is passed on as it comes, and nothing is looked at.
export default {
  async fetch(request, env) {
    const { body, headers, status } = await fetch(env.UPSTREAM, { method: "POST", body: await request.text() })
    return new Response(body, { headers: { "content-type": headers.get("content-type") }, status })
  },
}
