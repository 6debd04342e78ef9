internal import Flows

extension HAProxySession {
  /// Reads an answer to `show sess all` of HAProxy 1.8 to 3.5 (its src/stream.c). A field that is cut off or not
  /// understood is left out.
  public static func list(parsing answer: [UInt8]) -> [HAProxySession] {
    var reader = Reader()
    for line in HAProxyText.lines(answer) { reader.read(line) }
    return reader.finish()
  }

  private struct Reader {
    var sessions: [HAProxySession] = []
    var session: HAProxySession?
    /// Whether the current lines describe the server's connection.
    var isServerSide = false
    var fromClient: UInt64?
    var fromServer: UInt64?

    mutating func finish() -> [HAProxySession] {
      if var session {
        if let fromClient, let fromServer {
          session.bytes = Bytes(fromClient: fromClient, fromServer: fromServer)
        }
        // Without this line the session can't be used: the answer was truncated.
        if !session.frontend.isEmpty { sessions.append(session) }
      }
      session = nil
      (fromClient, fromServer) = (nil, nil)
      return sessions
    }

    mutating func read(_ line: Substring) {
      // 0x55d0a2c3f000: [21/Nov/2026:16:04:38.509427] id=1 proto=tcpv4 source=127.0.0.1:44892
      if line.hasPrefix("0x"), let colon = line.firstIndex(of: ":") {
        _ = finish()
        session = HAProxySession(streamID: String(line[..<colon]), frontend: "")
        session?.client = Self.endpoint(line, "source=")
        return
      }
      guard session != nil else { return }
      let text = line.drop { $0 == " " }
      guard let equals = text.firstIndex(of: "=") else { return }
      switch text[..<equals] {
      case "frontend":
        session?.frontend = Self.name(text) ?? ""
        session?.acceptedOn = Self.endpoint(text, "addr=")
      case "backend":
        session?.backend = Self.name(text)
        session?.own = Self.endpoint(text, "addr=")
      case "server":
        session?.server = Self.name(text)
        session?.target = Self.endpoint(text, "addr=")
      case "task": session?.age = HAProxyText.value("age=", in: text).flatMap(HAProxyText.seconds)
      case "co0", "app0": isServerSide = false
      case "co1", "app1": isServerSide = true
      case "flags":
        // fd=21 or, from 3.5, fd=thread group/21; -1 without one.
        guard let word = HAProxyText.value("fd=", in: text) else { return }
        let number = Int32(word.split(separator: "/").last ?? "").flatMap { $0 >= 0 ? $0 : nil }
        if isServerSide { session?.serverDescriptor = number } else { session?.clientDescriptor = number }
      // Up to 3.2 the channels have the count (total=), later the connections' ends (in=).
      case "req": fromClient = HAProxyText.value("total=", in: text).flatMap { UInt64($0) } ?? fromClient
      case "res": fromServer = HAProxyText.value("total=", in: text).flatMap { UInt64($0) } ?? fromServer
      case "scf": fromClient = HAProxyText.value(" in=", in: text).flatMap { UInt64($0) } ?? fromClient
      case "scb": fromServer = HAProxyText.value(" in=", in: text).flatMap { UInt64($0) } ?? fromServer
      default: break
      }
    }

    /// The name in `frontend=NAME (id=`; nil for `<NONE>`, `<none>`, `?`.
    private static func name(_ text: Substring) -> String? {
      guard let equals = text.firstIndex(of: "=") else { return nil }
      let name = text[equals...].dropFirst().prefix { $0 != " " }
      return name.isEmpty || name == "?" || name.hasPrefix("<") ? nil : String(name)
    }

    private static func endpoint(_ text: Substring, _ key: String) -> Endpoint? {
      HAProxyText.value(key, in: text).flatMap(HAProxyText.endpoint)
    }
  }
}
