import Foundation

/// Traffic whose size is known: each generator says exactly how many bytes it sent and received.
///
/// The generators are one Python program, `/run/lab/traffic.py` in every test host and container.
public enum Traffic {
  /// What one generator saw. Bytes are payload, as `send` and `recv` counted them.
  public struct Report: Decodable, Sendable {
    public let sent: Int
    public let received: Int
    public let connections: Int
    public let datagrams_sent: Int
    public let datagrams_received: Int
    /// HTTP requests; only `http` and HTTP servers count them.
    public let requests: Int?
    /// A client's own endpoints, the first thousand, as `address:port` or `[v6]:port`.
    public let endpoints: [String]
  }

  public enum ServerMode: String, Sendable {
    /// Reads everything, answers nothing.
    case sink
    /// Sends back what it reads.
    case echo
    /// Sends `bytes` to each client.
    case source
    /// Answers each request with `bytes` bytes.
    case http
  }

  /// A server that counts.
  public struct Server: Sendable {
    public let process: BackgroundProcess
    /// Ends it and gives what it counted.
    public func stop() throws -> Report { try Traffic.report(process.stop()) }
    /// Waits until `bytes` of payload have arrived: what a proxy between still holds is not through.
    public func awaitArrival(of bytes: Int) throws {
      try waitUntil("\(bytes) bytes at the server", detail: { process.output }) {
        let told = process.output.split(separator: "\n").last { $0.hasPrefix("{\"arrived\"") }
        return try told.map { try JSONDecoder().decode([String: Int].self, from: Data($0.utf8)) }?["arrived"] ?? 0
          >= bytes
      }
    }
  }

  /// A client that runs in the background.
  public struct Client: Sendable {
    public let process: BackgroundProcess
    /// Waits until it has sent all and only holds its connection (`hold`).
    public func awaitHolding() throws { try process.waitFor("holding") }
    /// Ends it as it stands.
    public func stop() { process.stop() }
    /// Waits for its end and gives what it counted.
    public func finish(timeout: Duration = .seconds(120)) throws -> Report {
      try Traffic.report(process.wait(timeout: timeout))
    }
  }

  /// What to send. `rate` is bytes (datagrams for UDP) per second; 0 is as fast as it goes.
  public enum Kind: Sendable {
    /// One TCP connection; it stays open for `hold` seconds after its last byte.
    case bulk(bytes: Int, rate: Int = 0, hold: Double = 0)
    /// `count` TCP connections, one after the other, each open for `milliseconds`.
    case short(count: Int, bytes: Int, milliseconds: Double = 50)
    case udp(count: Int, size: Int, rate: Int = 0)
    /// UDP with an answer awaited for each datagram.
    case udpEcho(count: Int, size: Int)
    /// ICMP or ICMPv6 echo; the port is not used. Bytes are those of the ICMP messages.
    case ping(count: Int, size: Int)
    /// `pause` milliseconds lie between two requests; `close`: each has a connection of its own.
    case http(count: Int, path: String = "/", site: String = "", pause: Double = 0, close: Bool = false)

    var words: (command: String, options: [String]) {
      switch self {
      case .bulk(let bytes, let rate, let hold):
        ("bulk", ["--bytes", "\(bytes)", "--rate", "\(rate)", "--hold", "\(hold)"])
      case .short(let count, let bytes, let milliseconds):
        ("short", ["--count", "\(count)", "--bytes", "\(bytes)", "--each", "\(milliseconds)"])
      case .udp(let count, let size, let rate):
        ("udp", ["--count", "\(count)", "--size", "\(size)", "--rate", "\(rate)"])
      case .udpEcho(let count, let size): ("udp", ["--count", "\(count)", "--size", "\(size)", "--echo"])
      case .ping(let count, let size): ("ping", ["--count", "\(count)", "--size", "\(size)"])
      case .http(let count, let path, let site, let pause, let close):
        (
          "http",
          ["--count", "\(count)", "--path", path, "--pause", "\(pause)"]
            + (site.isEmpty ? [] : ["--host", site]) + (close ? ["--close"] : [])
        )
      }
    }
  }

  /// The words that run a server, to be a container's own command; its ready line is `"ready"`.
  public static func serverCommand(
    port: Int, mode: ServerMode = .sink, udp: Bool = false, address: String = "0.0.0.0", bytes: Int = 0
  ) -> [String] {
    [
      "python3", "-u", "/run/lab/traffic.py", "serve", address, "\(port)", "--mode", mode.rawValue, "--bytes",
      "\(bytes)",
    ]
      + (udp ? ["--udp"] : [])
  }

  /// The words that send `kind` to `address`:`port`, to be a container's own command.
  public static func clientCommand(_ kind: Kind, to address: String, port: Int = 0) -> [String] {
    let words = kind.words
    return ["python3", "-u", "/run/lab/traffic.py", words.command, address, "\(port)"] + words.options
  }

  /// Starts a server and waits until it listens.
  public static func serve(
    on machine: any Machine, port: Int, mode: ServerMode = .sink, udp: Bool = false, address: String = "0.0.0.0",
    bytes: Int = 0
  ) throws -> Server {
    let process = try machine.start(serverCommand(port: port, mode: mode, udp: udp, address: address, bytes: bytes))
    try process.waitFor("\"ready\"")
    return Server(process: process)
  }

  /// Sends and waits until all is sent.
  @discardableResult
  public static func send(
    _ kind: Kind, from machine: any Machine, to address: String, port: Int = 0, timeout: Duration = .seconds(30)
  ) throws -> Report {
    try report(machine.run(clientCommand(kind, to: address, port: port), timeout: timeout))
  }

  /// Waits until `address` answers `machine`: a new IPv6 address sends nothing before it is known to be nobody else's.
  public static func awaitEcho(of address: String, from machine: any Machine) throws {
    try waitUntil("an echo of \(address)") {
      try send(.ping(count: 1, size: 1), from: machine, to: address).received > 0
    }
  }

  /// Sends in the background.
  public static func start(
    _ kind: Kind, from machine: any Machine, to address: String, port: Int = 0
  ) throws -> Client {
    Client(process: try machine.start(clientCommand(kind, to: address, port: port)))
  }

  /// The counts in what a generator printed: its last line.
  public static func report(_ output: String) throws -> Report {
    guard let line = output.split(separator: "\n").last else { throw LabError("a traffic generator printed nothing") }
    return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
  }

  private static func report(_ result: CommandResult) throws -> Report {
    guard result.status == 0, !result.timedOut else {
      throw LabError("traffic generator: status \(result.status): \(result.stdout)\(result.stderr)")
    }
    return try report(result.stdout)
  }
}

/// The same, for tests that know `Flows.Traffic` too.
public typealias TrafficServer = Traffic.Server
public typealias TrafficClient = Traffic.Client
