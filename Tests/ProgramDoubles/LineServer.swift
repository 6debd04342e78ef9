/// A UNIX socket that answers each question, up to its empty line, as the test says.
public final class LineServer: Sendable {
  public enum Reply: Sendable {
    /// Sent as it is, then closed.
    case text(String)
    /// Never anything.
    case silence
    /// Again and again, until the other side gives up.
    case endless(String)
  }

  private let socket: ScriptedSocket

  public init(_ path: String, _ reply: Reply, end: String = "\n\n") throws {
    socket = try ScriptedSocket(path) { connection in
      guard connection.question(endingWith: end) != nil else { return }
      switch reply {
      case .text(let text): connection.send(text)
      case .silence: connection.wait()
      case .endless(let text): while connection.send(text) {}
      }
    }
  }
}
