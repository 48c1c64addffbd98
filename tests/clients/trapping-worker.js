// The built worker with two weaknesses. At the frame "trap" what it calls next for the time traps, as WebAssembly does at
// a panic; at the frame "throw" it throws what nobody expects.
import worker, { WebSocketServer as Built } from "../../runtime/build/index.js"
import unreachable from "./trap.wasm" // one function, `trap`, which is `unreachable`

export default worker

const { trap } = new WebAssembly.Instance(unreachable).exports

const weaknesses = {
  trap,
  throw: () => {
    throw new Error("unexpected")
  },
}

const now = Date.now

export class WebSocketServer extends Built {
  webSocketMessage(socket, text) {
    const weakness = weaknesses[text]
    if (weakness) {
      Date.now = () => {
        Date.now = now
        return weakness()
      }
    }
    return super.webSocketMessage(socket, text)
  }
}
