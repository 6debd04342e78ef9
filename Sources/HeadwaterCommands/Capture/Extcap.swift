internal import ArgumentParser
internal import LinuxSystem
internal import Questions
internal import Sessions
internal import Views

/// Headwater as one of Wireshark's external capture programs (extcap(4)): each network namespace is an interface there,
/// `Headwater: container openvpn`.
enum Extcap {
  /// Whether Wireshark starts the program.
  static func isMeant(_ words: [String]) -> Bool {
    words.contains { $0.hasPrefix("--extcap-") }
  }

  private static let prefix = "headwater-"

  static func run(_ words: [String]) async throws {
    if words.contains("--extcap-interfaces") { return try await list() }
    let interface = value(of: "--extcap-interface", words) ?? ""
    guard interface.hasPrefix(prefix) else {
      throw CommandFailure(.usage, "\(interface): headwater has no such interface; see --extcap-interfaces")
    }
    if words.contains("--extcap-dlts") {
      return Console.print(Document(script: "dlt {number=1}{name=EN10MB}{display=as the place's interfaces have it}\n"))
    }
    if words.contains("--extcap-config") { return Console.print(Document(script: configuration)) }
    if words.contains("--capture") {
      guard let fifo = value(of: "--fifo", words) else { throw CommandFailure(.usage, "--capture needs --fifo") }
      return try await capture(String(interface.dropFirst(prefix.utf8.count)), fifo, words)
    }
    // Wireshark asks whether a filter is valid without capturing.
    guard let filter = value(of: "--extcap-capture-filter", words) else {
      throw CommandFailure(.usage, "what Wireshark asks is not known: \(words.joined(separator: " "))")
    }
    _ = try CaptureRequest(CaptureCommand.parsed(["--in", "host", "--filter", filter]))
  }

  private static func list() async throws {
    let vantage = try LocalMeasurement.idle(environment: ProcessExit.environment)
    let inventory = try await vantage.inventory()
    var text = "extcap {version=1.0}\n"
    for namespace in inventory.namespaces where namespace.reason == nil {
      let name = namespace.name.map { "{}\n\r".contains($0) ? "?" : String($0) }.joined()
      text += "interface {value=\(prefix)\(namespace.id.namespace)}{display=Headwater: \(name)}\n"
    }
    // Names of containers are others' text.
    Console.print(text.split(separator: "\n").map { Line(String($0)) })
  }

  private static let configuration = """
    arg {number=0}{call=--target}{display=Target}{type=string}{tooltip=What headwater trace takes: an address, :port, process, container}
    arg {number=1}{call=--payload}{display=Whole packets}{type=boolflag}{default=false}{tooltip=Otherwise headers and handshakes only}

    """

  private static func capture(_ place: String, _ fifo: String, _ words: [String]) async throws {
    var arguments = ["--in", place, "--output", fifo]
    if let target = value(of: "--target", words), !target.isEmpty { arguments = [target] + arguments }
    if let filter = value(of: "--extcap-capture-filter", words), !filter.isEmpty {
      arguments += ["--filter", filter]
    }
    if words.contains("--payload") || value(of: "--payload", words) == "true" { arguments.append("--payload") }
    let command = try CaptureCommand.parsed(arguments)
    try await CaptureRequest(command).run(isQuiet: true)
  }

  /// `--name value` or `--name=value`.
  private static func value(of name: String, _ words: [String]) -> String? {
    for (index, word) in words.enumerated() {
      if word.hasPrefix(name + "=") { return String(word.dropFirst(name.utf8.count + 1)) }
      if word == name, words.indices.contains(index + 1), !words[index + 1].hasPrefix("--") { return words[index + 1] }
    }
    return nil
  }
}

extension CaptureCommand {
  /// The command of these words.
  fileprivate static func parsed(_ words: [String]) throws -> CaptureCommand {
    guard let command = try parseAsRoot(words) as? CaptureCommand else {
      throw CommandFailure(.usage, "no capture: \(words.joined(separator: " "))")
    }
    return command
  }
}
